//! Strategies: named, complete ways of listing a directory or a tree.
//!
//! In come the rows of [`crate::list`] and [`crate::walk`]; out comes a [`Strategy`], which others open by its name.
//! For one directory it is a lister (`getdents/64k`); for a tree it is `WALKER`, which uses the default lister for what
//! is wanted, `WALKER:LISTER`, or a peer. Open [`registry`] first: it lists all rows. [`select`] finds strategies by
//! patterns, and [`ladder`] puts them in order.

pub mod ladder;
pub mod registry;
pub mod select;

use crate::error::Unsupported;
use crate::list::{self, Factors, Lookups, Options, Order, Parallel, Projection, Resolve, Standing, Want};
use crate::walk::{self, Open, Run, flat::Flat};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// What a strategy lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// One directory.
    Directory,
    /// A tree.
    Tree,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Directory => "directory",
            Self::Tree => "tree",
        })
    }
}

/// A named, complete way of listing.
#[derive(Clone, Copy)]
pub enum Strategy {
    /// A lister, on one directory.
    Directory(&'static list::Row),
    /// A walker, on a tree.
    Tree {
        /// Schedules directories.
        walker: &'static walk::Row,
        /// Lists each directory; `None` for the default lister, or if the walker is a peer.
        lister: Option<&'static list::Row>,
    },
}

impl Strategy {
    /// Every strategy of the registry, without the `WALKER:LISTER` combinations.
    pub fn all() -> impl Iterator<Item = Self> {
        let listers = registry::LISTERS.iter().copied().flatten().map(Self::Directory);
        listers.chain(walkers().map(|walker| Self::Tree { walker, lister: None }))
    }

    /// Every `WALKER:LISTER`.
    pub fn combinations() -> impl Iterator<Item = Self> {
        let over = walkers().filter(|walker| matches!(walker.open, Open::Over(_)));
        over.flat_map(|walker| {
            let listers =
                registry::LISTERS.iter().copied().flatten().filter(|lister| lister.standing == Standing::Ranked);
            // Under a walker, whose threads have one sink each, a directory is not split by its lister; and a bulk
            // interface of one file system is not for directories that may be anywhere.
            let listers = listers.filter(|lister| lister.factors.parallel != Parallel::Ranges);
            let listers = listers.filter(|lister| lister.factors.lookups != Lookups::Bulkstat);
            let listers = listers.filter(|lister| !lister.factors.is_below_system_calls());
            listers.map(move |lister| Self::Tree { walker, lister: Some(lister) })
        })
    }

    /// The strategy of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().chain(Self::combinations()).find(|strategy| strategy.name() == name)
    }

    /// Its name, which is its key.
    pub fn name(&self) -> Cow<'static, str> {
        match *self {
            Self::Directory(lister) => lister.name.into(),
            Self::Tree { walker, lister: None } => walker.name.into(),
            Self::Tree { walker, lister: Some(lister) } => format!("{}:{}", walker.name, lister.name).into(),
        }
    }

    /// What it does, in one sentence.
    pub fn about(&self) -> Cow<'static, str> {
        match *self {
            Self::Directory(lister) => lister.about.into(),
            Self::Tree { walker, lister: None } => walker.about.into(),
            Self::Tree { walker, lister: Some(lister) } => format!("{}; {}", walker.about, lister.about).into(),
        }
    }

    /// What it lists. `null` lists nothing and stands beside either.
    pub fn level(&self) -> Level {
        match self {
            Self::Directory(_) => Level::Directory,
            Self::Tree { .. } => Level::Tree,
        }
    }

    /// Whether it can be asked for `want`.
    pub fn delivers(&self, want: Want) -> bool {
        match *self {
            Self::Directory(lister) => lister.wants.contains(&want),
            Self::Tree { walker, lister } => {
                let lister_delivers = |lister: &list::Row| lister.wants.contains(&want.max(Want::Kinds));
                walker.wants.contains(&want) && lister.is_none_or(lister_delivers)
            }
        }
    }

    /// How much of the truth it can see.
    pub fn projection(&self, want: Want) -> Projection {
        self.lister(want).map_or(Projection::Whole, |lister| lister.projection)
    }

    /// In which order it reports a directory's entries.
    pub fn order(&self) -> Order {
        match self {
            Self::Directory(lister) => lister.order,
            Self::Tree { .. } => Order::Any,
        }
    }

    /// Whether it is compared, or measures the harness.
    pub fn standing(&self) -> Standing {
        match self {
            Self::Directory(lister) => lister.standing,
            Self::Tree { .. } => Standing::Ranked,
        }
    }

    /// What sets it apart when it is asked for `want`.
    pub fn factors(&self, want: Want) -> Factors {
        let most = match *self {
            Self::Directory(lister) => lister.factors,
            Self::Tree { walker, .. } => match self.lister(want) {
                None => walker.factors,
                Some(lister) => Factors {
                    descend: walker.factors.descend,
                    parallel: match walker.factors.parallel {
                        Parallel::Serial => lister.factors.parallel,
                        threads => threads,
                    },
                    ..lister.factors
                },
            },
        };
        most.asked_for(want)
    }

    /// Whether the number of threads it is given makes a difference.
    pub fn takes_threads(&self) -> bool {
        self.factors(Want::Names).takes_threads()
    }

    /// Opens it, to be asked for `want`.
    ///
    /// # Errors
    /// Why it cannot run here.
    pub fn open(&self, want: Want, options: &Options) -> Result<Box<dyn Run>, Unsupported> {
        match (*self, self.lister(want)) {
            (Self::Directory(lister), _) => Ok(Box::new(Flat((lister.open)(options)?))),
            (Self::Tree { walker, .. }, lister) => match (walker.open, lister) {
                (Open::Alone(open), _) => open(options),
                (Open::Over(open), Some(lister)) => {
                    let by_path = lister.name == list::std::NAME;
                    if by_path && walker.factors.descend == Resolve::Relative {
                        let why = format!("std::fs opens by path only: see serial-absolute:{}", lister.name);
                        return Err(Unsupported(why.into()));
                    }
                    open(lister, options)
                }
                (Open::Over(_), None) => Err(Unsupported("no lister delivers what is wanted".into())),
            },
        }
    }

    /// The lister under it: itself, the named one, or the default for `want`; none of ours under a peer.
    pub(crate) fn lister(&self, want: Want) -> Option<&'static list::Row> {
        match *self {
            Self::Directory(lister) => Some(lister),
            Self::Tree { walker, .. } if matches!(walker.open, Open::Alone(_)) => None,
            Self::Tree { lister: Some(lister), .. } => Some(lister),
            Self::Tree { lister: None, .. } => {
                let default = if want == Want::Metadata { list::statx::DEFAULT } else { list::getdents::DEFAULT };
                registry::LISTERS.iter().copied().flatten().find(|lister| lister.name == default)
            }
        }
    }
}

fn walkers() -> impl Iterator<Item = &'static walk::Row> {
    registry::WALKERS.iter().copied().flatten()
}

impl fmt::Debug for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name())
    }
}

impl PartialEq for Strategy {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}
