//! Which leaf comes next, until sequencing requests decide it: free choice among what is visible,
//! previous and next in document order.

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

    /// Where a launch begins: the leaf that was left suspended or interrupted, else the first one
    /// that is not completed, else the first one.
    pub fn resume_point(&self, state: &TreeState) -> Option<ActivityIndex> {
        let current = state.current().and_then(|item| self.find(item));
        let resumable = current.filter(|&at| {
            let known = state.of(self[at].id());
            self[at].can_launch() && (known.is_suspended || known.is_active)
        });
        let unfinished = || {
            self.indices().find(|&at| {
                self.is_reached(at) && self.observe(state, at, None).completion != Some(true)
            })
        };
        resumable.or_else(unfinished).or_else(|| self.first())
    }
}
