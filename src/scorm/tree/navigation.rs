//! Which leaf comes next where no sequencing decides it, when a learner browses or reviews a course
//! and in SCORM 1.2: free choice among what is visible, previous and next in document order.

use super::{ActivityIndex, ActivityTree, TreeState};

impl ActivityTree {
    /// Whether the item and all its ancestors are visible (`isvisible`).
    pub fn is_visible(&self, index: ActivityIndex) -> bool {
        self.path(index).all(|at| self[at].item.visible)
    }

    /// Leaves that can be launched, in document order.
    pub fn launchable(&self) -> impl DoubleEndedIterator<Item = ActivityIndex> + '_ {
        self.indices().filter(|&index| self[index].can_launch())
    }

    /// Whether a learner may choose this activity: a visible leaf that can be launched.
    pub fn can_choose(&self, index: ActivityIndex) -> bool {
        self[index].can_launch() && self.is_visible(index)
    }

    /// Whether previous and next lead to this leaf. In SCORM 2004 `isvisible` only hides it from
    /// the table of contents (CAM 3.4.1.7); in SCORM 1.2 nothing else leads to it.
    fn is_reached(&self, index: ActivityIndex) -> bool {
        self[index].can_launch() && (self.edition().is_2004() || self.is_visible(index))
    }

    /// The first leaf of the course.
    pub fn first(&self) -> Option<ActivityIndex> {
        self.indices().find(|&at| self.is_reached(at)).or_else(|| self.launchable().next())
    }

    /// The leaf after this activity in document order.
    pub fn next(&self, index: ActivityIndex) -> Option<ActivityIndex> {
        self.indices().find(|&at| at > index && self.is_reached(at))
    }

    /// The leaf before this activity in document order.
    pub fn previous(&self, index: ActivityIndex) -> Option<ActivityIndex> {
        self.indices().rev().find(|&at| at < index && self.is_reached(at))
    }

    /// The first leaf that an activity is or holds.
    pub fn first_in(&self, index: ActivityIndex) -> Option<ActivityIndex> {
        self.launchable().find(|&at| self.path(at).any(|above| above == index))
    }

    /// The first leaf that is not completed and that nothing forbids, else the first one.
    pub(crate) fn first_unfinished(&self, state: &TreeState) -> Option<ActivityIndex> {
        let is_open = |at: ActivityIndex| {
            self.observe(state, at, None).completion != Some(true)
                && self.check_activity(state, at).is_none()
        };
        self.indices().find(|&at| self.is_reached(at) && is_open(at)).or_else(|| self.first())
    }
}
