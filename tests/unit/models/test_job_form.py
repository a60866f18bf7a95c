import pytest

from dashboard.domain.problem import Problem
from dashboard.domain.submission import Form
from dashboard.models.job_form import JobForm, missing, read, unspoolable


def test_form_and_text_follow_each_other():
    state = JobForm()
    state.fill(Form("a.sh", count=3))
    assert state.text.startswith("executable = a.sh\n")
    assert state.count == 3
    state.write("executable = b.sh\nrequest_memory = 2 GB\nqueue 4\n")
    assert (state.form.executable, state.form.memory, state.form.count) == ("b.sh", 2048, 4)
    assert state.beyond == ""


def test_what_the_form_cannot_show_counts_as_written():
    state = JobForm()
    state.write('executable = b.sh\n+JobFlavour = "x"\nqueue f in (a, b)\n')
    assert "+JobFlavour" in state.beyond
    assert state.form.executable == "b.sh"
    assert state.count is None
    assert state.faults == []


def test_every_change_is_another_submission():
    state = JobForm()
    ids = [state.action_id]
    for change in (lambda: state.fill(Form("a")), lambda: state.write("queue"), state.again):
        change()
        ids.append(state.action_id)
    assert len(set(ids)) == 4
    state.write("queue")
    assert state.action_id == ids[-1]


def test_one_sentence_for_each_field():
    state = JobForm()
    state.fill(Form("", memory=-1))
    assert [fault.field for fault in state.faults] == ["executable", "memory"]


def test_files_are_looked_for_below_the_initial_directory(tmp_path):
    (tmp_path / "job.sh").write_text("#!/bin/sh\n")
    (tmp_path / "data.txt").write_text("x")
    inputs = "data.txt, no.txt, root://host/x, $(ProcId).txt"
    text = f"executable = job.sh\ntransfer_input_files = {inputs}\nlog = no/job.log\nqueue"
    said = {fault.field: fault.sentence for fault in missing(text, str(tmp_path))}
    assert "chmod +x" in said["executable"]
    assert f"{tmp_path}/no.txt is not there" in said["inputs"]
    assert f"{tmp_path}/no is not there" in said["log"]
    (tmp_path / "job.sh").chmod(0o755)
    assert "executable" not in {fault.field for fault in missing(text, str(tmp_path))}


def test_program_of_the_worker_node_is_not_looked_for(tmp_path):
    assert missing("executable = /no/root\ntransfer_executable = false\nqueue", str(tmp_path)) == []


def test_missing_initial_directory_is_told(tmp_path):
    (fault,) = missing("executable = a\ninitialdir = nowhere\nqueue", str(tmp_path))
    assert fault.field == "description"
    assert "nowhere" in fault.sentence


def test_program_is_looked_for_where_one_stands_not_in_the_initial_directory(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "job.sh").touch(0o755)
    (fault,) = missing("executable = job.sh\ninitialdir = run\nqueue", str(tmp_path))
    assert fault.sentence.startswith(f"{tmp_path}/job.sh is not there")


def test_names_with_blanks_cannot_be_spooled():
    faults = unspoolable("executable = a b\ntransfer_input_files = c, d e\nqueue")
    assert [fault.field for fault in faults] == ["executable", "inputs"]


def test_upload_that_is_no_submit_file():
    assert read("\ufeffqueue é".encode(), "a.sub") == "queue é"
    with pytest.raises(Problem, match=r"a\.sub is not text"):
        read(b"\xff\xfe", "a.sub")
    with pytest.raises(Problem, match="1 MB"):
        read(b"x" * 1_000_001, "a.sub")
