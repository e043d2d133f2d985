//! Several records in one report: which of them may be compared side by side, and why others may not.
//!
//! Views of two records are comparable if they ask the same of the same tree, which its digest tells on any file
//! system. Between two runs only ratios to a common baseline are compared; times are information. A debug build is
//! shown alone, marked: its times mean nothing.

use super::traced::Traced;
use crate::bench::Saved;
use crate::list::{Projection, Want};
use crate::measure::environment::Build;
use crate::measure::record::{CaseRecord, Record, RowRecord, TargetRecord, ViewRecord};
use crate::measure::{Cache, Shown, ViewKind};

/// Records with their names, and prices.
#[derive(Debug, Clone)]
pub struct Collection {
    /// In the order in which they are shown.
    pub records: Vec<Named>,
    /// What `cargo bench` measured, if that is to be shown, too.
    pub prices: Option<Saved>,
    /// Names of the columns that Markdown tables have; none stands for all.
    pub columns: Vec<String>,
    /// What `fsbench trace` wrote beside the records, for a talk.
    pub traces: Vec<Traced>,
    /// What a talk's first slide says besides.
    pub talk: Talk,
}

/// What only the speaker knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Talk {
    /// Its title, if not ours.
    pub title: Option<String>,
    /// Who gives it.
    pub author: Option<String>,
    /// Where and when.
    pub event: Option<String>,
}

/// A record with a name.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its file's, without the ending; tells it from the others.
    pub name: String,
    /// The record.
    pub record: Record,
}

/// Views of several records that ask the same of the same tree.
#[derive(Debug)]
pub(super) struct Together<'a> {
    pub(super) members: Vec<Member<'a>>,
}

impl<'a> Together<'a> {
    /// The views, each labelled by what distinguishes it.
    pub(super) fn new(mut members: Vec<Member<'a>>) -> Self {
        label(&mut members);
        Self { members }
    }

    /// Whether at least two have a row of that strategy.
    pub(super) fn has_in_common(&self, strategy: &str, threads: usize) -> bool {
        self.members.iter().filter(|member| member.row(strategy, threads).is_some()).nth(1).is_some()
    }

    /// Where in it a view is.
    pub(super) fn position(&self, view: &ViewRecord) -> Option<usize> {
        self.members.iter().position(|member| std::ptr::eq(member.view, view))
    }
}

/// One record's view.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    /// What distinguishes it from the others.
    pub(super) label: String,
    pub(super) named: &'a Named,
    pub(super) view: &'a ViewRecord,
}

impl Member<'_> {
    /// Its rows with their cases.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&RowRecord, &CaseRecord)> {
        self.view.rows.iter().filter_map(|row| Some((row, self.named.record.cases.get(row.case)?)))
    }

    /// The row of a strategy.
    pub(super) fn row(&self, strategy: &str, threads: usize) -> Option<(&RowRecord, &CaseRecord)> {
        self.rows().find(|(_, case)| case.strategy == strategy && case.threads == threads)
    }

    /// Its rows with the times that are shown of them.
    pub(super) fn shown(&self) -> Vec<Shown<'_>> {
        self.named.record.shown(self.view)
    }

    pub(super) fn cache(&self) -> Cache {
        cache(&self.named.record, self.view)
    }

    pub(super) fn target(&self) -> Option<&TargetRecord> {
        self.named.record.targets.get(self.view.target)
    }

    /// What may differ between records that are compared: one of these tells them apart.
    pub(super) fn traits(&self) -> Vec<String> {
        let environment = &self.named.record.environment;
        let cache = if self.cache() == Cache::Cold { "cold" } else { "warm" };
        vec![
            self.target().map(|target| target.file_system.kind.clone()).unwrap_or_default(),
            environment.kernel.clone(),
            format!("{} x {}", environment.cores, environment.cpu),
            cache.to_owned(),
            format!("fsbench {}", self.named.record.fsbench),
        ]
    }
}

/// The row of a strategy.
pub(super) fn find<'s, 'r>(rows: &'s [Shown<'r>], strategy: &str, threads: usize) -> Option<&'s Shown<'r>> {
    rows.iter().find(|shown| shown.case.strategy == strategy && shown.case.threads == threads)
}

impl Collection {
    /// Records by name; a name that comes twice gets a number.
    pub fn new(mut records: Vec<Named>) -> Self {
        for index in 1..records.len() {
            let (before, rest) = records.split_at_mut(index);
            if let Some(named) = rest.first_mut() {
                let same = before.iter().filter(|other| other.name == named.name).count();
                if same > 0 {
                    named.name = format!("{}-{}", named.name, index + 1);
                }
            }
        }
        Self { records, prices: None, columns: Vec::new(), traces: Vec::new(), talk: Talk::default() }
    }

    /// The same with prices.
    #[must_use]
    pub fn with_prices(self, prices: Option<Saved>) -> Self {
        Self { prices, ..self }
    }

    /// The same for a talk.
    #[must_use]
    pub fn for_talk(self, talk: Talk, traces: Vec<Traced>) -> Self {
        Self { talk, traces, ..self }
    }

    /// Views that may be compared side by side: they ask the same in the same cache state. A view that shares nothing
    /// but the baseline with the others stands alone.
    pub(super) fn beside(&self) -> Vec<Together<'_>> {
        let groups = self.questions().into_iter().map(|group| {
            let common = |member: &&Member<'_>| {
                let shared = member.rows().filter(|(_, case)| group.has_in_common(&case.strategy, case.threads));
                shared.count() > 1 || member.rows().count() == 1
            };
            Together::new(group.members.iter().filter(common).cloned().collect())
        });
        groups.filter(|group| group.members.len() > 1).collect()
    }

    /// All views, grouped by what they ask and in which cache state; a group may have one member.
    pub(super) fn questions(&self) -> Vec<Together<'_>> {
        self.together(|a, b| a.cache() == b.cache())
    }

    /// Pairs of views that differ only in the cache state, on the same machine, warm first.
    pub(super) fn warm_and_cold(&self) -> Vec<Together<'_>> {
        let like = |a: &Member<'_>, b: &Member<'_>| {
            let without_cache = |member: &Member<'_>| {
                let mut traits = member.traits();
                traits.remove(3);
                traits
            };
            a.cache() != b.cache() && without_cache(a) == without_cache(b)
        };
        let mut pairs = self.together(like);
        pairs.retain(|pair| pair.members.len() > 1);
        for pair in &mut pairs {
            pair.members.truncate(2);
            pair.members.sort_by_key(|member| member.cache() == Cache::Cold);
        }
        pairs
    }

    /// Why records are not compared, or only with care: a sentence each, with the record's name.
    pub fn objections(&self) -> Vec<String> {
        let mut objections = Vec::new();
        for named in self.records.iter().filter(|named| is_debug(&named.record)) {
            objections.push(format!(
                "{}: built without optimisation; its times mean nothing, and it is compared with nothing",
                named.name
            ));
        }
        let members = self.members();
        for (index, member) in members.iter().enumerate() {
            let others = members[..index].iter();
            let mut asked = others.filter(|other| asks_the_same(other, member)).peekable();
            let Some(first) = asked.peek() else { continue };
            let objection = format!(
                "{}: not compared with {} in “{}”: it listed another tree ({}; not {})",
                member.named.name,
                first.named.name,
                member.view.title,
                described(member.target()),
                described(first.target()),
            );
            if !asked.any(|other| same_tree(other, member)) {
                objections.push(objection);
            }
        }
        let mut versions: Vec<&str> = self.records.iter().map(|named| named.record.fsbench.as_str()).collect();
        versions.sort_unstable();
        versions.dedup();
        if versions.len() > 1 {
            objections.push(format!(
                "made by different versions of fsbench ({}): they may measure differently",
                versions.join(", ")
            ));
        }
        objections.iter().map(|objection| super::text::printable(objection)).collect()
    }

    /// All views that may be compared with others at all.
    fn members(&self) -> Vec<Member<'_>> {
        let sound = self.records.iter().filter(|named| !is_debug(&named.record));
        let comparable = |view: &&ViewRecord| matches!(view.kind, ViewKind::Table | ViewKind::Ladder);
        sound
            .flat_map(|named| {
                let views = named.record.views.iter().filter(comparable);
                views.map(move |view| Member { label: String::new(), named, view })
            })
            .collect()
    }

    fn together<'a>(&'a self, like: impl Fn(&Member<'a>, &Member<'a>) -> bool) -> Vec<Together<'a>> {
        let mut groups: Vec<Together<'a>> = Vec::new();
        for member in self.members() {
            let fits = |group: &&mut Together<'a>| {
                group.members.first().is_some_and(|first| {
                    asks_the_same(first, &member) && same_tree(first, &member) && like(first, &member)
                })
            };
            match groups.iter_mut().find(fits) {
                Some(group) => group.members.push(member),
                None => groups.push(Together { members: vec![member] }),
            }
        }
        groups.into_iter().map(|group| Together::new(group.members)).collect()
    }
}

/// Labels each member by the traits in which they differ; by the record's name if they differ in none.
fn label(members: &mut [Member<'_>]) {
    let traits: Vec<Vec<String>> = members.iter().map(Member::traits).collect();
    let differs = |index: usize| traits.windows(2).any(|pair| pair[0].get(index) != pair[1].get(index));
    let differing: Vec<usize> = (0..traits.first().map_or(0, Vec::len)).filter(|&index| differs(index)).collect();
    let labels: Vec<String> = traits
        .iter()
        .map(|traits| differing.iter().filter_map(|&index| traits.get(index).cloned()).collect::<Vec<_>>().join(", "))
        .collect();
    for (index, member) in members.iter_mut().enumerate() {
        let label = labels[index].clone();
        let unique = !label.is_empty() && labels.iter().filter(|other| **other == label).count() == 1;
        let name = &member.named.name;
        // A record is often named after what sets it apart: not `ext4 ext4`.
        let text = match () {
            () if unique => label,
            () if name.contains(&label) => name.clone(),
            () => format!("{label} {name}"),
        };
        member.label = super::text::printable(&text);
    }
}

/// Whether two views of two records show the same. Titles do not tell, since versions word them differently.
fn asks_the_same(a: &Member<'_>, b: &Member<'_>) -> bool {
    let about = |member: &Member<'_>| {
        let view = member.view;
        // A table is told from another by its baseline, a ladder by its first step.
        let (case, title) = match view.kind {
            ViewKind::Table => (Some(view.baseline), None),
            ViewKind::Ladder => (view.rows.first().map(|row| row.case), None),
            ViewKind::Builds | ViewKind::Past => (None, Some(view.title.clone())),
        };
        let strategy = case.and_then(|case| member.named.record.cases.get(case)).map(|case| case.strategy.clone());
        (view.kind, view.want, member.target().map(|target| target.level), strategy, title)
    };
    !std::ptr::eq(a.named, b.named) && about(a) == about(b)
}

/// By digest where both have one; else by what is known of it.
fn same_tree(a: &Member<'_>, b: &Member<'_>) -> bool {
    let (Some(one), Some(other)) = (a.target(), b.target()) else { return false };
    match (digest(one), digest(other)) {
        (Some(one), Some(other)) => one == other,
        _ => (one.entries, one.directories, &one.shape) == (other.entries, other.directories, &other.shape),
    }
}

fn digest(target: &TargetRecord) -> Option<String> {
    let kinds = |truth: &&crate::measure::record::TruthRecord| {
        truth.want == Want::Kinds && truth.projection == Projection::Whole
    };
    target.truths.iter().find(kinds).map(|truth| truth.digest.to_string())
}

fn described(target: Option<&TargetRecord>) -> String {
    let Some(target) = target else { return "unknown".to_owned() };
    let digest = digest(target).map(|digest| format!(", digest {digest}")).unwrap_or_default();
    format!("{}{digest}", super::number::counted(target.entries, "entry", "entries"))
}

fn cache(record: &Record, view: &ViewRecord) -> Cache {
    view.rows.iter().filter_map(|row| record.cases.get(row.case)).map(|case| case.cache).next().unwrap_or_default()
}

fn is_debug(record: &Record) -> bool {
    record.environment.build == Build::Debug
}
