//! Takes samples: each in a process of its own, so that every side starts with empty
//! memory, and side by side, so that what slows the machine slows them alike.

use crate::plan::Plan;
use crate::run::Sample;
use crate::sides::{self, Entry};
use crate::work::{Group, Work};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How samples are taken.
pub struct Sampler {
    /// The sides, in the order of the tables.
    pub sides: Vec<&'static Entry>,
    /// The programs of those that are not in this one.
    pub programs: BTreeMap<String, PathBuf>,
    /// How many samples of each work and side, where the work does not say.
    pub rounds: usize,
    /// How long one should take, in milliseconds.
    pub ms: u64,
    /// How many seconds of processor time one may take, its setup included.
    pub patience: u64,
    /// Where plans are written.
    pub dir: PathBuf,
}

/// What a side did with a work.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Its samples, one a round.
    Samples(Vec<Sample>),
    /// Why there are none.
    LeftOut(String),
}

impl Outcome {
    /// The samples, if there are any.
    pub fn samples(&self) -> &[Sample] {
        match self {
            Self::Samples(samples) => samples,
            Self::LeftOut(_) => &[],
        }
    }

    /// Nanoseconds for each unit, one a round.
    pub fn ns(&self) -> Vec<f64> {
        self.samples().iter().map(|sample| sample.ns).collect()
    }
}

impl Sampler {
    /// Has every side do a work, as often as there are rounds.
    pub fn take(&self, group: &Group, work: &Work, title: &str) -> io::Result<Vec<Outcome>> {
        let rounds = group.rounds.map_or(self.rounds, |most| most.min(self.rounds));
        let heap = self.write("plan", &work.plan)?;
        let calls = match &work.calls {
            Some(calls) => self.write("calls", calls)?,
            None => heap.clone(),
        };
        let mut outcomes = vec![Outcome::Samples(Vec::new()); self.sides.len()];
        for round in 0..rounds {
            for turn in 0..self.sides.len() {
                // A different side begins each round.
                let nth = (round + turn) % self.sides.len();
                let side = self.sides[nth];
                let Outcome::Samples(samples) = &mut outcomes[nth] else { continue };
                progress(&format!("{title}: round {} of {rounds}, {}", round + 1, side.title));
                let plan = if side.kind == sides::Kind::Peer { &heap } else { &calls };
                match self.one(side, plan) {
                    Ok(sample) => samples.push(sample),
                    Err(why) => outcomes[nth] = Outcome::LeftOut(why),
                }
            }
        }
        progress("");
        Ok(outcomes)
    }

    fn write(&self, name: &str, plan: &Plan) -> io::Result<PathBuf> {
        let path = self.dir.join(name);
        fs::write(&path, plan.to_string())?;
        Ok(path)
    }

    /// One sample; what stands in the way is said in few words.
    fn one(&self, side: &Entry, plan: &Path) -> Result<Sample, String> {
        let mut command = if side.run.is_some() {
            let mut command = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
            command.arg("side");
            command
        } else {
            Command::new(self.programs.get(side.name).ok_or("it was not built")?)
        };
        command.arg(side.name).arg(plan).arg(self.ms.to_string());
        let most = libc::rlimit { rlim_cur: self.patience, rlim_max: self.patience };
        // SAFETY: setrlimit may be called between fork and exec.
        unsafe {
            command.pre_exec(move || match libc::setrlimit(libc::RLIMIT_CPU, &raw const most) {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            })
        };
        let out = command.output().map_err(|e| e.to_string())?;
        let said = String::from_utf8_lossy(&out.stdout);
        match Sample::parse(&said) {
            Some(sample) if out.status.success() => Ok(sample),
            _ if matches!(out.status.signal(), Some(libc::SIGXCPU | libc::SIGKILL)) => {
                Err(format!("it takes more than {} s, or too much memory", self.patience))
            }
            _ => {
                let why = String::from_utf8_lossy(&out.stderr);
                let why = why.lines().find(|line| !line.trim().is_empty());
                Err(why.map_or_else(|| out.status.to_string(), str::to_owned))
            }
        }
    }
}

/// Says on the terminal what is being done, in the place of what was said before.
fn progress(text: &str) {
    let mut out = io::stderr();
    if out.is_terminal() {
        // Nobody minds if it cannot be said.
        let _ = write!(out, "\r\x1b[K{text}");
        let _ = out.flush();
    }
}
