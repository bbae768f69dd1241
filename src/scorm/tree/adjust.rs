//! What settings change in the tree that a manifest gives.

use super::ActivityTree;

/// What settings say instead of the package.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Adjustments {
    /// The score of 100 that passes.
    pub mastery_score: Option<u32>,
    /// How often a part without a limit of its own may be begun anew.
    pub attempts_max: Option<u32>,
}

impl ActivityTree {
    /// The tree as the settings have it.
    #[must_use]
    pub fn adjusted(mut self, adjustments: Adjustments) -> Self {
        if let Some(score) = adjustments.mastery_score {
            self.set_mastery_score(score);
        }
        for at in self.indices().filter(|&at| self[at].is_leaf()).collect::<Vec<_>>() {
            let limits = &mut self.activity_mut(at).sequencing.limits;
            limits.attempt_limit = limits.attempt_limit.or(adjustments.attempts_max);
        }
        self
    }

    /// The parts that have a mastery score get this one. Where none has, all SCOs do in SCORM 1.2:
    /// one without a score is not judged by it. In SCORM 2004 such a one would never be known to be
    /// passed or failed (RTE 4.2.22), so only the single SCO of a course can be meant.
    fn set_mastery_score(&mut self, score: u32) {
        let is_2004 = self.edition().is_2004();
        let judged = |tree: &Self, at| {
            let activity = &tree[at];
            let has_score = activity.item.scorm12.mastery_score.is_some();
            if is_2004 { activity.primary.satisfied_by_measure } else { has_score }
        };
        let scos: Vec<_> = self.launchable().filter(|&at| self[at].is_sco()).collect();
        let mut wanted: Vec<_> = scos.iter().copied().filter(|&at| judged(self, at)).collect();
        if wanted.is_empty() && (!is_2004 || scos.len() == 1) {
            wanted = scos;
        }
        for at in wanted {
            let activity = self.activity_mut(at);
            if is_2004 {
                activity.primary.satisfied_by_measure = true;
                activity.primary.min_normalized_measure = f64::from(score) / 100.0;
            } else {
                activity.item.scorm12.mastery_score = Some(score.to_string());
            }
        }
    }
}
