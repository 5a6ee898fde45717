//! mail-eventually-once.

use super::*;

fn sent() -> Played {
    run(10 * M).notify(2 * M, 3, API, "first_fail")
}

fn got(played: Played, at: Ms) -> Played {
    played.receipt(at, 3, 2 * M, API, "first_fail")
}

fn said(played: &Played) -> Vec<String> {
    broken(Invariant::MailEventuallyOnce, "", played)
}

#[test]
fn a_notice_that_arrives_once_is_fine_however_late() {
    assert_eq!(said(&got(sent(), 2 * M)), FINE);
    assert_eq!(said(&got(sent(), 9 * M)), FINE);
}

#[test]
fn a_notice_that_never_arrives_is_caught() {
    let lost = "at 2m: first_fail for api-availability of 2m never reached email:ops@example.test";
    assert_eq!(said(&sent()), [lost]);
}

#[test]
fn a_notice_may_still_be_under_way_at_the_end() {
    let ends = |end: Ms| said(&Played { end, ..sent() }).len();
    assert_eq!((ends(4 * M + 30 * S), ends(4 * M + 30 * S + 1)), (0, 1));
    let closed = sent().fault("mail.refuse", Realm::Mail, M, Some(9 * M));
    assert_eq!(said(&closed), FINE);
}

#[test]
fn a_notice_that_the_server_has_refused_for_good_is_excused() {
    let rejected = sent().fault("mail.reject", Realm::Mail, M, Some(3 * M));
    assert_eq!(said(&rejected), FINE);
    let refused = sent().fault("mail.refuse", Realm::Mail, M, Some(3 * M));
    assert_eq!(said(&refused).len(), 1, "a server that was away does not excuse it");
}

#[test]
fn a_notice_that_arrives_twice_is_caught() {
    let twice = got(got(sent(), 2 * M), 3 * M);
    let doubled =
        "at 2m: first_fail for api-availability of 2m reached email:ops@example.test 2 times";
    assert_eq!(said(&twice), [doubled]);
}

/// Raised at 2m, and there at 2m and at 3m.
fn twice() -> Played {
    got(got(sent(), 2 * M), 3 * M)
}

#[test]
fn a_lost_answer_or_a_death_on_its_way_excuses_a_second_copy() {
    let lost = twice().fault("mail.lost_ack", Realm::Mail, M, Some(2 * M + S));
    assert_eq!(said(&lost), FINE);
    assert_eq!(said(&twice().down(2 * M + S, 2 * M + 6 * S)), FINE);
    let greylist = twice().fault("mail.greylist", Realm::Mail, M, Some(3 * M));
    assert_eq!(said(&greylist).len(), 1, "a mail that was put off is sent once");
}

#[test]
fn what_was_over_before_or_came_afterwards_excuses_nothing() {
    let before = twice().fault("mail.lost_ack", Realm::Mail, 0, Some(2 * M - 1));
    let after = twice().fault("mail.dup", Realm::Mail, 3 * M + 1, Some(5 * M));
    let early = twice().down(M, M + 5 * S);
    let late = twice().down(3 * M + 1, 4 * M);
    for played in [before, after, early, late] {
        assert_eq!(said(&played).len(), 1);
    }
    let rejected = sent().fault("mail.reject", Realm::Mail, 0, Some(2 * M - 1));
    assert_eq!(said(&rejected).len(), 1, "the notice was raised when the server was well again");
}

#[test]
fn a_mail_that_the_journal_does_not_know_is_caught() {
    let played = got(sent(), 2 * M).receipt(3 * M, 4, 3 * M, API, "recovered");
    let strange =
        "at 3m: \"[P1][RECOVERED] api-availability\" arrived, and the journal knows nothing of it";
    assert_eq!(said(&played), [strange]);
}

#[test]
fn a_mail_of_which_the_journal_knows_nothing_may_have_left_while_the_disk_was_broken() {
    let got = |kind: &str| {
        let played = run(10 * M).fault(kind, Realm::Disk, M, Some(5 * M));
        let played = played.receipt(2 * M, 3, 2 * M, API, "first_fail");
        broken(Invariant::MailEventuallyOnce, "", &played).len()
    };
    assert_eq!((got("disk.full"), got("disk.slow")), (0, 1));
}
