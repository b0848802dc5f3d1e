//! What is shown of one program, or of one trace.

use super::recording::Growths;
use gosbrk_look::change::Change;
use gosbrk_look::model::Moment;

/// All there is to show.
#[derive(Clone, Debug)]
pub struct Detail {
    /// The process; nothing: it is of a file.
    pub pid: Option<i32>,
    /// What it is of.
    pub title: String,
    /// Where its memory is, in a sentence.
    pub sentence: String,
    /// Whether it can have the row of gosbrk's layer.
    pub has_layer: bool,
    /// The rows.
    pub moment: Moment,
    /// What has changed in them; nothing the first time.
    pub change: Option<Change>,
    /// Who made the heap grow.
    pub growths: Recorded,
    /// More about it, in lines. One that begins with a space goes with the one above.
    pub notes: Vec<String>,
    /// Why nothing more comes.
    pub ended: Option<String>,
}

/// Whether there is a recording, and what it says.
#[derive(Clone, Debug)]
pub enum Recorded {
    /// There is none.
    No,
    /// This one is being read for the first time.
    Reading(String),
    /// This one says that.
    Yes(String, Growths),
    /// This one cannot be read on, for that reason.
    Failed(String, String),
}
