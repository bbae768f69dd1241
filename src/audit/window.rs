//! Closed ranges of days (audit rules, 1.2.2): both ends belong to them.

use crate::Day;

/// The days from `start` to `end`, both included. An open window ends on [`Day::NEVER`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// The first day.
    pub start: Day,
    /// The last day.
    pub end: Day,
}

impl Window {
    /// The days from `start` to `end`; `None` is without end on that side.
    pub fn new(start: Option<Day>, end: Option<Day>) -> Self {
        Self { start: start.unwrap_or(Day::EVER), end: end.unwrap_or(Day::NEVER) }
    }

    /// Whether `day` is one of them.
    pub fn holds(self, day: Day) -> bool {
        self.start <= day && day <= self.end
    }

    /// The days of both; `None` when there is none.
    pub fn meet(self, other: Self) -> Option<Self> {
        let both = Self { start: self.start.max(other.start), end: self.end.min(other.end) };
        (both.start <= both.end).then_some(both)
    }

    /// How many days it has.
    pub fn days(self) -> i64 {
        self.end.days_since(self.start) + 1
    }

    /// The last day; `None` when it is open.
    pub fn last_day(self) -> Option<Day> {
        (self.end != Day::NEVER).then_some(self.end)
    }
}

/// The same days as windows that neither overlap nor touch (end + 1 day = start), in order (1.3).
/// A window that ends before it starts has no days.
pub fn merged(windows: impl IntoIterator<Item = Window>) -> Vec<Window> {
    let mut windows: Vec<_> = windows.into_iter().filter(|w| w.start <= w.end).collect();
    windows.sort_unstable();
    let mut found: Vec<Window> = Vec::with_capacity(windows.len());
    for window in windows {
        match found.last_mut() {
            Some(last) if window.start <= last.end.next() => last.end = last.end.max(window.end),
            _ => found.push(window),
        }
    }
    found
}

/// The days that are in both, where each is merged.
pub fn intersection(left: &[Window], right: &[Window]) -> Vec<Window> {
    let both = |l: &Window| right.iter().filter_map(|r| l.meet(*r)).collect::<Vec<_>>();
    merged(left.iter().flat_map(both))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(start: &str, end: &str) -> Window {
        let day = |text: &str| (!text.is_empty()).then(|| text.parse().expect("a day"));
        Window::new(day(start), day(end))
    }

    #[test]
    fn windows_that_overlap_or_touch_are_one_and_a_day_between_keeps_them_apart_1_3() {
        let days = [
            window("2025-03-01", "2025-03-31"),
            window("2025-01-13", "2025-02-28"),
            window("2025-04-02", "2025-04-03"),
            window("2025-04-03", ""),
            window("2025-06-01", "2025-05-01"),
        ];
        let expected = vec![window("2025-01-13", "2025-03-31"), window("2025-04-02", "")];
        assert_eq!(merged(days), expected);
    }

    #[test]
    fn an_intersection_has_the_days_of_both() {
        let access = [window("2025-01-01", "2025-06-30"), window("2025-08-01", "")];
        let role = [window("2025-06-01", "2025-08-31")];
        let both = vec![window("2025-06-01", "2025-06-30"), window("2025-08-01", "2025-08-31")];
        assert_eq!(intersection(&access, &role), both);
    }
}
