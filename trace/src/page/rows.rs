//! The rows over time, where they change.

use super::columns::Column;
use crate::figures::Figures;
use gosbrk_look::model::ROWS;

/// Rows and from which call on they hold.
#[derive(Default)]
pub struct Rows {
    calls: Vec<u64>,
    ns: Vec<u64>,
    figures: Vec<Figures>,
    /// The most resident one since the last step ended, if that is not over.
    highest: Option<(u64, u64, Figures)>,
}

impl Rows {
    /// The rows behind a call, which is not the last of its step.
    pub fn inside(&mut self, call: u64, ns: u64, figures: Figures) {
        let rss = |figures: &Figures| figures.0[9].unwrap_or(0);
        let most = self.highest.as_ref().map_or(0, |(.., highest)| rss(highest));
        if rss(&figures) > most {
            self.highest = Some((call, ns, figures));
        }
    }

    /// The rows behind the last call of a step.
    pub fn end(&mut self, call: u64, ns: u64, figures: Figures) {
        let rss = |figures: &Figures| figures.0[9].unwrap_or(0);
        let highest = self.highest.take().filter(|(.., highest)| rss(highest) > rss(&figures));
        if let Some((call, ns, highest)) = highest {
            self.push(call, ns, highest);
        }
        self.push(call, ns, figures);
    }

    fn push(&mut self, call: u64, ns: u64, figures: Figures) {
        if self.figures.last() != Some(&figures) {
            self.calls.push(call);
            self.ns.push(ns);
            self.figures.push(figures);
        }
    }

    /// Their columns.
    pub fn columns(self, columns: &mut Vec<Column>) {
        columns.push(Column::words("row", "call", self.calls));
        columns.push(Column::words("row", "ns", self.ns));
        for (i, row) in ROWS.iter().enumerate() {
            let of = |figures: &Figures| figures.0[i];
            let sizes = self.figures.iter().map(|one| of(one).unwrap_or(0)).collect();
            columns.push(Column::words("row", row.key, sizes));
            let why = self.figures.iter().map(|one| of(one).err().map_or(0, |why| why as u8));
            columns.push(Column::bytes("row", &format!("{}_why", row.key), why.collect()));
        }
    }
}
