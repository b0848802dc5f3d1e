//! Options that every verb takes and that mean nothing to some of them: kept out of their help.

use crate::Advice;
use crate::layout::Layout;
use clap::Args;
use std::path::PathBuf;

/// For verbs that run no go command.
#[derive(Args)]
pub struct Hidden {
    #[command(flatten)]
    _build: HiddenBuild,
    #[arg(id = "go_root", long = "go", hide = true)]
    _go_root: Option<PathBuf>,
}

/// For verbs that build nothing on gosbrk.
#[derive(Args)]
pub struct HiddenBuild {
    #[arg(id = "layout", long, value_enum, hide = true)]
    _layout: Option<Layout>,
    #[arg(id = "advice", long, value_enum, hide = true)]
    _advice: Option<Advice>,
}
