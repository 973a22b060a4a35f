"""How busy a process says that it is."""

import pytest

from castres_portal.base import workload


def test_the_share_of_threads_at_work_rises_with_them_and_falls_after():
    at = [100.0]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(workload.time, "monotonic", lambda: at[0])
        gauge = workload.Gauge()
        with gauge.counted(), gauge.counted():
            assert gauge.level() == 0
            at[0] += 3
            assert gauge.level() == pytest.approx(1.9, abs=0.01)
        at[0] += 3
        assert gauge.level() == pytest.approx(0.095, abs=0.01)


def test_a_process_with_all_its_threads_at_work_is_busy_and_an_idle_one_is_not(settings):
    settings.WEB_THREADS = 2
    at = [100.0]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(workload.time, "monotonic", lambda: at[0])
        gauge = workload.Gauge()
        patched.setattr(workload, "at_work", gauge)
        assert workload.busy() == 0
        with gauge.counted(), gauge.counted():
            at[0] += 10
            assert workload.busy() == pytest.approx(1, abs=0.01)
