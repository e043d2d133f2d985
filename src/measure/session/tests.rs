//! Sessions without a process: what is asked of whom, when it ends, and what becomes of rows that fail.

use super::mock::{Asked, ENTRIES, LISTING, MISSING, Mock, ORACLE, sampled, truths, verified};
use super::*;
use crate::measure::events::Ahead;
use crate::measure::path_text::PathText;
use crate::measure::plan::Case;
use crate::measure::process::{Program, Renewal};
use crate::measure::record::CaseRecord;
use crate::measure::schedule::Shuffle;
use crate::measure::spec::Spec;
use crate::measure::step::{Step, Steps};
use crate::strategy::{Level, Strategy};

/// What a session told.
#[derive(Default)]
struct Told {
    stages: Vec<Stage>,
    prices: Vec<Price>,
    silent: Vec<(String, Duration)>,
    ahead: Vec<Ahead>,
    unclean: Vec<(String, String)>,
}

impl Events for Told {
    fn stage(&mut self, stage: Stage, _: usize) {
        self.stages.push(stage);
    }

    fn step(&mut self, _: &str, _: Option<Duration>) {}

    fn estimate(&mut self, _: Forecast) {}

    fn price(&mut self, price: Price) {
        self.prices.push(price);
    }

    fn ahead(&mut self, ahead: &Ahead) {
        self.ahead.push(ahead.clone());
    }

    fn silent(&mut self, whose: &str, time: Duration) {
        self.silent.push((whose.to_owned(), time));
    }

    fn unclean(&mut self, whose: &str, why: &str) {
        self.unclean.push((whose.to_owned(), why.to_owned()));
    }
}

/// `serial`, the baseline, beside `walkdir`; the ruler makes them four cases.
fn plan(limits: Limits) -> Plan {
    let mut plan = Plan::new(Program::at("fsbench".into(), Vec::new(), Renewal::EachSample), limits, 1);
    plan.count = None;
    let (root, named) = ("/nowhere".into(), "nowhere".into());
    plan.targets.push(super::super::Target { root, named, level: Level::Tree, shape: None, made: None });
    let mut cases = Vec::new();
    for name in ["serial", "walkdir"] {
        cases.extend(plan.strategy(0, Strategy::by_name(name).unwrap(), Want::Kinds, &[1]));
    }
    plan.ruler(cases[0]);
    plan.view("Table".to_owned(), ViewKind::Table, cases, 0);
    plan
}

fn run(mock: &Mock, plan: &Plan) -> Result<Ran, Failure> {
    run_with(mock, plan, &mut Told::default(), &Interrupt::never())
}

fn case<'r>(ran: &'r Ran, name: &str) -> &'r CaseRecord {
    ran.record.cases.iter().find(|case| case.strategy == name).unwrap()
}

fn samples(ran: &Ran, name: &str) -> usize {
    case(ran, name).measurement().map_or(0, |measurement| measurement.samples.len())
}

fn is_sample(asked: &Asked) -> bool {
    matches!(asked.request, Request::Sample { .. })
}

const SIGNAL: Interrupted = Interrupted { signal: 2 };

#[test]
fn each_round_samples_every_case_once_in_the_seeds_order() {
    let (mock, plan) = (Mock::new(), plan(Limits::Rounds(3)));
    let ran = run(&mock, &plan).unwrap();
    let names: Vec<String> = plan.cases.iter().map(Case::name).collect();
    let mut expected = names.clone();
    let mut shuffle = Shuffle::new(plan.seed);
    for _ in 0..3 {
        expected.extend(shuffle.round(names.len()).into_iter().map(|case| names[case].clone()));
    }
    // The first of each is the warm-up's.
    assert_eq!(mock.sampled(), expected);
    assert_eq!((ran.record.rounds.count, ran.record.rounds.ended), (3, Ended::Asked));
    assert_eq!(samples(&ran, "walkdir"), 3);
}

#[test]
fn stages_come_in_their_order_and_the_warm_up_prices_the_rounds() {
    let mut told = Told::default();
    run_with(&Mock::new(), &plan(Limits::Rounds(3)), &mut told, &Interrupt::never()).unwrap();
    assert_eq!(told.stages, [Stage::Oracle, Stage::Verify, Stage::WarmUp, Stage::Rounds]);
    assert_eq!(told.prices.iter().map(Price::total).collect::<Vec<_>>(), [LISTING * 4 * 3]);
}

#[test]
fn who_is_ahead_is_told_after_each_round_from_the_third_on() {
    // `serial`, the baseline, takes 50 ms.
    let slow = |asked: &Asked, _: &mut Patience<'_>| match asked.request {
        Request::Sample { .. } if asked.whom == "walkdir" => Some(Ok(sampled(LISTING / 2))),
        _ => None,
    };
    let mut told = Told::default();
    run_with(&Mock::scripted(slow), &plan(Limits::Rounds(5)), &mut told, &Interrupt::never()).unwrap();
    let ahead: Vec<(usize, &str, &str, f64)> =
        told.ahead.iter().map(|it| (it.rounds, it.name.as_str(), it.beside.as_str(), it.speed.median)).collect();
    assert_eq!(ahead, [3, 4, 5].map(|rounds| (rounds, "walkdir", "serial", 2.0)));
}

#[test]
fn nobody_is_ahead_of_the_baseline_where_it_is_the_fastest() {
    let mut told = Told::default();
    run_with(&Mock::new(), &plan(Limits::Rounds(3)), &mut told, &Interrupt::never()).unwrap();
    assert_eq!(told.ahead, []);
}

#[test]
fn each_sample_has_a_worker_of_its_own_where_workers_are_renewed() {
    for (renewal, opened) in [(Renewal::EachSample, 2 + 3), (Renewal::Never, 1)] {
        let (mock, mut plan) = (Mock::new(), plan(Limits::Rounds(3)));
        plan.worker.renewal = renewal;
        run(&mock, &plan).unwrap();
        let is_opening = |asked: &&Asked| asked.whom == "walkdir" && matches!(asked.request, Request::Open(_));
        assert_eq!(mock.asked().iter().filter(is_opening).count(), opened, "{renewal:?}");
    }
}

#[test]
fn a_short_listing_is_repeated_within_a_sample() {
    let quick = |asked: &Asked, _: &mut Patience<'_>| match asked.request {
        Request::Sample { iterations } => Some(Ok(sampled(Duration::from_millis(1) * iterations))),
        _ => None,
    };
    let ran = run(&Mock::scripted(quick), &plan(Limits::Rounds(1))).unwrap();
    let measured = case(&ran, "walkdir").measurement().unwrap();
    assert_eq!((measured.iterations, measured.wall_ns.median), (10, 1e6));
}

#[test]
fn no_round_starts_that_would_end_after_the_time_limit() {
    // A round takes 200 ms: the eighth would end at 1.6 s.
    let ran = run(&Mock::new(), &plan(Limits::Time(Duration::from_millis(1500)))).unwrap();
    assert_eq!((ran.record.rounds.count, ran.record.rounds.ended), (7, Ended::TimeLimit));
    let ran = run(&Mock::new(), &plan(Limits::Time(Duration::ZERO))).unwrap();
    assert_eq!((ran.record.rounds.count, ran.record.rounds.ended), (LEAST_ROUNDS, Ended::TimeLimit));
}

#[test]
fn rounds_end_when_every_ratio_is_known_and_not_before() {
    let limits = Limits::Time(Duration::from_secs(10));
    let ran = run(&Mock::new(), &plan(limits)).unwrap();
    // Three seconds are 15 rounds; the next one after which it is checked is the 16th.
    assert_eq!((ran.record.rounds.count, ran.record.rounds.ended), (16, Ended::Tight));
    let unsteady = |asked: &Asked, _: &mut Patience<'_>| {
        let is_slow = asked.whom == "walkdir" && is_sample(asked) && asked.nth.is_multiple_of(2);
        is_slow.then(|| Ok(sampled(LISTING * 2)))
    };
    let ran = run(&Mock::scripted(unsteady), &plan(limits)).unwrap();
    assert_eq!(ran.record.rounds.ended, Ended::TimeLimit);
}

#[test]
fn a_row_that_breaks_is_out_and_the_others_go_on() {
    let breaks = |asked: &Asked, _: &mut Patience<'_>| {
        // Its third sample is that of the second round.
        let breaks = asked.whom == "walkdir" && is_sample(asked) && asked.nth == 3;
        breaks.then(|| Err(NoAnswer::Broken("the worker ended (exit status: 9)".to_owned())))
    };
    let mock = Mock::scripted(breaks);
    let ran = run(&mock, &plan(Limits::Rounds(4))).unwrap();
    let why = "in round 2: the worker ended (exit status: 9)".to_owned();
    assert_eq!(case(&ran, "walkdir").outcome, Outcome::Failed(why));
    assert_eq!(mock.sampled().iter().filter(|whom| *whom == "walkdir").count(), 3);
    assert_eq!((samples(&ran, "serial"), ran.record.rounds.count), (4, 4));
}

#[test]
fn rounds_end_when_no_row_is_left() {
    let breaks = |asked: &Asked, _: &mut Patience<'_>| {
        let breaks = is_sample(asked) && asked.nth > 1;
        breaks.then(|| Ok(Answer::Failed("the disk is gone".to_owned())))
    };
    let ran = run(&Mock::scripted(breaks), &plan(Limits::Rounds(100))).unwrap();
    assert_eq!(ran.record.rounds.count, 1);
}

#[test]
fn a_row_that_saw_something_else_is_wrong_and_never_sampled() {
    let wrong = |asked: &Asked, _: &mut Patience<'_>| {
        let is_wrong = asked.whom == "walkdir" && asked.request == Request::Verify;
        is_wrong.then(|| Ok(verified(ENTRIES - 1)))
    };
    let mock = Mock::scripted(wrong);
    let ran = run(&mock, &plan(Limits::Rounds(1))).unwrap();
    assert_eq!(case(&ran, "walkdir").outcome, Outcome::Wrong("entries 15, not 16".to_owned()));
    assert!(!mock.sampled().contains(&"walkdir".to_owned()));
    assert_eq!(samples(&ran, "serial"), 1);
}

#[test]
fn a_tree_that_changed_before_verification_makes_no_row_wrong() {
    let grows = |asked: &Asked, _: &mut Patience<'_>| match &asked.request {
        Request::Look(look) if asked.nth > 1 => Some(Ok(Answer::Looked(truths(look, ENTRIES + 1, 1)))),
        Request::Verify => Some(Ok(verified(ENTRIES + 1))),
        _ => None,
    };
    let ran = run(&Mock::scripted(grows), &plan(Limits::Rounds(1))).unwrap();
    assert_eq!(ran.record.targets[0].entries, ENTRIES + 1);
    assert_eq!((samples(&ran, "serial"), samples(&ran, "walkdir")), (1, 1));
}

#[test]
fn a_tree_that_never_keeps_still_ends_the_session() {
    let restless = |asked: &Asked, _: &mut Patience<'_>| match &asked.request {
        Request::Look(look) => Some(Ok(Answer::Looked(truths(look, ENTRIES, asked.nth as u64)))),
        Request::Verify => Some(Ok(verified(ENTRIES + 1))),
        _ => None,
    };
    let failed = run(&Mock::scripted(restless), &plan(Limits::Rounds(1))).unwrap_err();
    assert!(matches!(&failed, Failure::Restless { root } if root == "/nowhere"), "{failed}");
}

#[test]
fn rows_are_given_up_after_the_timeout_and_the_oracle_never() {
    let mock = Mock::new();
    let mut plan = plan(Limits::Rounds(1));
    plan.worker_timeout = Some(Duration::from_secs(2));
    run(&mock, &plan).unwrap();
    for asked in mock.asked() {
        let limit = if asked.whom == ORACLE { None } else { plan.worker_timeout };
        assert_eq!(asked.limit, limit, "{asked:?}");
    }
}

#[test]
fn a_worker_that_is_silent_is_told_by_its_rows_name() {
    let silence = Duration::from_secs(12);
    let silent = move |asked: &Asked, patience: &mut Patience<'_>| {
        if asked.whom == "walkdir" && asked.request == Request::Verify {
            (patience.silent)(silence);
        }
        None
    };
    let mut told = Told::default();
    run_with(&Mock::scripted(silent), &plan(Limits::Rounds(1)), &mut told, &Interrupt::never()).unwrap();
    assert_eq!(told.silent, [("walkdir".to_owned(), silence)]);
}

#[test]
fn a_signal_in_a_round_keeps_what_was_sampled() {
    let signal = |asked: &Asked, _: &mut Patience<'_>| {
        let comes = asked.whom == "walkdir" && is_sample(asked) && asked.nth == 4;
        comes.then_some(Err(NoAnswer::Interrupted(SIGNAL)))
    };
    let ran = run(&Mock::scripted(signal), &plan(Limits::Rounds(100))).unwrap();
    assert_eq!(ran.interrupted, Some(SIGNAL));
    assert_eq!((ran.record.rounds.count, ran.record.rounds.ended), (2, Ended::Interrupted));
    assert_eq!(samples(&ran, "walkdir"), 2);
}

#[test]
fn a_signal_before_the_first_sample_leaves_nothing_to_show() {
    let in_first_round = |asked: &Asked, _: &mut Patience<'_>| {
        (is_sample(asked) && asked.nth == 2).then_some(Err(NoAnswer::Interrupted(SIGNAL)))
    };
    let while_verifying = |asked: &Asked, _: &mut Patience<'_>| {
        (asked.request == Request::Verify).then_some(Err(NoAnswer::Interrupted(SIGNAL)))
    };
    for mock in [Mock::scripted(in_first_round), Mock::scripted(while_verifying)] {
        let failed = run(&mock, &plan(Limits::Rounds(3))).unwrap_err();
        assert!(matches!(failed, Failure::Interrupted(SIGNAL)), "{failed}");
    }
}

#[test]
fn a_program_that_cannot_be_started_costs_its_row_and_fsbenchs_own_the_session() {
    let missing = Program::at(MISSING.into(), Vec::new(), Renewal::EachSample);
    let mut foreign = plan(Limits::Rounds(1));
    let way = Way::Foreign { name: "theirs".to_owned(), program: missing.clone(), projection: Projection::Whole };
    let theirs = foreign.case(Case { way, ..foreign.cases[0].clone() });
    foreign.views[0].cases.push(theirs);
    let ran = run(&Mock::new(), &foreign).unwrap();
    assert!(matches!(&case(&ran, "theirs").outcome, Outcome::Unsupported(why) if why.contains("spawn 'missing'")));
    assert_eq!(samples(&ran, "walkdir"), 1);

    let mut own = plan(Limits::Rounds(1));
    own.worker = missing;
    let failed = run(&Mock::new(), &own).unwrap_err();
    assert!(matches!(failed, Failure::Worker(_)), "{failed}");
}

/// The same with a command that all three steps run around.
fn plan_with_steps(limits: Limits) -> Plan {
    let mut plan = plan(limits);
    let words = || vec![PathText::Text("true".to_owned())];
    let steps = Steps { setup: Some(words()), prepare: Some(words()), cleanup: Some(words()) };
    let spec = Spec { steps, ..Spec::new(words(), Output::Nothing) };
    let way = Way::Command { name: "command".to_owned(), spec, version: None };
    let case = Case { way, ..plan.cases[0].clone() };
    let index = plan.case(case);
    plan.view("Commands".to_owned(), ViewKind::Table, vec![index], index);
    plan
}

/// What the command's worker was asked, in its order.
fn asked_of_command(mock: &Mock) -> String {
    let word = |asked: Asked| match asked.request {
        Request::Open(_) => "open",
        Request::Step(Step::Setup) => "setup",
        Request::Step(Step::Prepare) => "prepare",
        Request::Step(Step::Cleanup) => "cleanup",
        Request::Verify => "verify",
        Request::Sample { .. } => "sample",
        _ => "something else",
    };
    let of_command = mock.asked().into_iter().filter(|asked| asked.whom == "command");
    of_command.map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn steps_run_around_a_commands_runs_in_its_own_worker() {
    let (mock, plan) = (Mock::new(), plan_with_steps(Limits::Rounds(2)));
    let mut told = Told::default();
    let ran = run_with(&mock, &plan, &mut told, &Interrupt::never()).unwrap();
    let expected = "open setup prepare verify prepare sample prepare sample prepare sample cleanup";
    assert_eq!(asked_of_command(&mock), expected);
    let stages = [Stage::Setup, Stage::Oracle, Stage::Verify, Stage::WarmUp, Stage::Rounds, Stage::Cleanup];
    assert_eq!(told.stages, stages);
    let first = mock.asked().into_iter().map(|asked| asked.whom).next();
    assert_eq!(first.as_deref(), Some("command"), "before the oracle looks");
    assert_eq!(samples(&ran, "command"), 2);
}

#[test]
fn a_command_is_cleaned_up_after_whatever_broke_and_that_is_told_if_it_fails() {
    let breaks = |step: Option<Step>| {
        move |asked: &Asked, _: &mut Patience<'_>| match (&asked.request, step) {
            (Request::Step(step), Some(broken)) if *step == broken => Some(Ok(Answer::Failed("broken".to_owned()))),
            (Request::Sample { .. }, None) if asked.whom == "command" => Some(Err(NoAnswer::Interrupted(SIGNAL))),
            _ => None,
        }
    };
    for (step, expected) in [
        (Some(Step::Setup), "open setup open cleanup"),
        (Some(Step::Prepare), "open setup prepare open cleanup"),
        (None, "open setup prepare verify prepare sample open cleanup"),
        (Some(Step::Cleanup), "open setup prepare verify prepare sample prepare sample cleanup"),
    ] {
        let (mock, mut told) = (Mock::scripted(breaks(step)), Told::default());
        let ran = run_with(&mock, &plan_with_steps(Limits::Rounds(1)), &mut told, &Interrupt::never());
        assert_eq!(asked_of_command(&mock), expected, "{step:?}");
        assert_eq!(told.unclean.len(), usize::from(step == Some(Step::Cleanup)), "{step:?}");
        match (step, ran) {
            (None, ran) => assert!(matches!(ran, Err(Failure::Interrupted(_)))),
            (Some(Step::Cleanup), ran) => {
                let ran = ran.unwrap();
                let case = case(&ran, "command");
                assert_eq!(case.command.as_ref().unwrap().unclean.as_deref(), Some("broken"));
                assert_eq!(samples(&ran, "command"), 1);
            }
            (Some(_), ran) => {
                let ran = ran.unwrap();
                assert!(matches!(&case(&ran, "command").outcome, Outcome::Failed(why) if why == "broken"));
                assert_eq!(samples(&ran, "walkdir"), 1, "the others go on");
            }
        }
    }
}
