"""Faults wait for their occasion and are used up by it."""

import json

from sandbox.mpesa.faults import Call, Fault, FaultKind, Faults


def test_a_fault_is_used_up_one_occasion_at_a_time():
    faults = Faults()
    faults.add(Fault(kind=FaultKind.CALLBACK_LOST, count=2))
    taken = [faults.take(FaultKind.CALLBACK_LOST) is not None for _ in range(3)]
    assert taken == [True, True, False]


def test_the_oldest_fitting_fault_comes_first():
    faults = Faults()
    faults.add(Fault(kind=FaultKind.ANSWER_LOST))
    faults.add(Fault(kind=FaultKind.CALLBACK_LATE, seconds=5))
    faults.add(Fault(kind=FaultKind.CALLBACK_LOST))
    taken = faults.take(FaultKind.CALLBACK_LOST, FaultKind.CALLBACK_LATE)
    assert (taken.kind, taken.seconds) == (FaultKind.CALLBACK_LATE, 5)
    assert [each.kind for each in faults] == [FaultKind.ANSWER_LOST, FaultKind.CALLBACK_LOST]


def test_a_fault_made_for_queries_lets_a_push_pass():
    faults = Faults()
    faults.add(Fault(kind=FaultKind.DARAJA_DOWN, call=Call.QUERY))
    assert faults.take(FaultKind.DARAJA_DOWN, call=Call.PUSH) is None
    assert faults.take(FaultKind.DARAJA_DOWN, call=Call.QUERY) is not None


def test_cleared_faults_do_nothing():
    faults = Faults()
    faults.add(Fault(kind=FaultKind.TOKEN_KILLED, count=9))
    faults.clear()
    assert faults.take(FaultKind.TOKEN_KILLED) is None


def test_saved_faults_go_on_waiting():
    faults, later = Faults(), Faults()
    faults.add(Fault(kind=FaultKind.CALLBACK_LATE, count=3, seconds=7))
    faults.add(Fault(kind=FaultKind.SPIKE_ARREST, call=Call.TOKEN))
    later.load(json.loads(json.dumps(faults.dump())))
    assert list(later) == list(faults)
