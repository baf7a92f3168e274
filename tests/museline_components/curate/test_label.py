"""The solver's answer wins, as configured; what it cannot solve is put aside."""

from museline.examples import to_table
from museline_components.curate.chain import admit
from museline_components.curate.config import Labelling
from museline_components.curate.label import label


def labelled(examples, **settings):
    return label(admit(to_table(examples)), Labelling(**settings))


def test_a_wrong_answer_is_corrected_and_counted(added, own):
    table = labelled([added(2, 3), added(2, 3, answer="6"), own("2 + 3 = ?", "6")])
    assert table["answer"].to_pylist() == ["5", "5", "6"]
    assert table["changes"].to_pylist() == [[], ["label: answer corrected"], []]
    assert table["reason"].null_count == 3


def test_a_wrong_answer_is_dropped_where_that_is_configured(added):
    table = labelled([added(2, 3), added(2, 3, answer="6")], on_wrong_label="drop")
    assert table["reason"].to_pylist() == [None, "wrong answer"]
    assert table["answer"].to_pylist() == ["5", "6"]


def test_what_the_solver_cannot_solve_is_marked(own):
    broken = ["{}", "no json", "[1]", '{"a": "x", "b": 1, "operation": "+"}', '{"a": 1}']
    examples = [own(f"sum {each}", family="arithmetic", parameters=each) for each in broken]
    table = labelled(examples)
    assert table["unsolvable"].to_pylist() == [True] * len(broken)
    assert table["reason"].null_count == len(broken)


def test_dropped_rows_are_not_judged(added):
    from museline_components.curate import batches

    table = batches.drop(admit(to_table([added(2, 3, answer="6")])), "clean", ["empty prompt"])
    assert label(table, Labelling(on_wrong_label="drop"))["reason"].to_pylist() == ["empty prompt"]
