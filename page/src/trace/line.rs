//! Calls and rows on one line of points. Without merging, each call is a point, and rows
//! change at calls. Of merged calls the rows can have a peak inside, which has a point too.

use super::table::Table;
use crate::data::Point;

/// The points, and what belongs to which.
pub struct Line {
    /// All of them.
    pub points: Vec<Point>,
    /// The point of each step.
    pub steps: Vec<u32>,
    /// The point of each entry of the rows.
    pub rows: Vec<u32>,
    /// The step that stands for each point.
    pub call_of: Vec<usize>,
}

impl Line {
    /// Puts them together.
    pub fn of(table: &Table) -> Self {
        let (calls, times) = (table.words("step", "call"), table.words("step", "ns"));
        let (row_calls, row_times) = (table.words("row", "call"), table.words("row", "ns"));
        let mut line =
            Self { points: Vec::new(), steps: Vec::new(), rows: Vec::new(), call_of: Vec::new() };
        let mut row = 0;
        for (step, (&call, &time)) in calls.iter().zip(&times).enumerate() {
            // What holds before the first call that is shown is shown with it.
            while row < row_calls.len() && row_calls[row] <= call {
                let inside = row_calls[row] < call && row_calls[row] >= calls[0];
                let (number, time) =
                    if inside { (row_calls[row], row_times[row]) } else { (call, time) };
                let point = line.point(number, time, step);
                line.rows.push(point);
                row += 1;
            }
            let point = line.point(call, time, step);
            line.steps.push(point);
        }
        if line.points.is_empty() {
            line.point(0, 0, 0);
        }
        line
    }

    /// The point with this number, a new one unless it is the last.
    fn point(&mut self, number: u64, time: u64, step: usize) -> u32 {
        if self.points.last().is_none_or(|last| last.number != number) {
            // Times never run back on a page, whatever a damaged trace says.
            let before = self.points.last().map_or(0, |last| last.time);
            self.points.push(Point { time: time.max(before), number });
            self.call_of.push(step);
        }
        u32::try_from(self.points.len() - 1).unwrap_or(u32::MAX)
    }

    /// The point that a call belongs to.
    pub fn at(&self, call: u64) -> u32 {
        let index = self.points.partition_point(|point| point.number < call);
        u32::try_from(index.min(self.points.len() - 1)).unwrap_or(u32::MAX)
    }
}
