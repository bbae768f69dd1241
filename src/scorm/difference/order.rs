//! Which of some things have changed places.

/// The places of as few values as possible without which the others rise: what a longest rising
/// sequence leaves out. Takes time proportional to n log n.
pub(super) fn out_of_order(values: &[usize]) -> Vec<usize> {
    // `ends[length]` is the place of the smallest value with which a rising sequence of
    // `length + 1` ends, and `before[place]` the place of the value before it in its sequence.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(values.len());
    for (place, value) in values.iter().enumerate() {
        let length = ends.partition_point(|&end| values[end] < *value);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(place);
        } else {
            ends[length] = place;
        }
    }
    let mut rises = vec![false; values.len()];
    let mut next = ends.last().copied();
    while let Some(place) = next {
        rises[place] = true;
        next = before[place];
    }
    (0..values.len()).filter(|&place| !rises[place]).collect()
}

#[cfg(test)]
mod tests {
    use super::out_of_order;

    #[test]
    fn as_few_as_possible_are_out_of_order() {
        for (values, expected) in [
            (vec![], vec![]),
            (vec![1, 2, 3], vec![]),
            (vec![1, 3, 2], vec![1]),
            (vec![3, 1, 2, 4], vec![0]),
            (vec![2, 3, 4, 1], vec![3]),
            (vec![3, 2, 1], vec![0, 1]),
        ] {
            assert_eq!(out_of_order(&values), expected, "{values:?}");
        }
    }
}
