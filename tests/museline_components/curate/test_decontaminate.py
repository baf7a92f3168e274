"""What gives an evaluation case away goes; templates stay."""

from museline_components.curate.config import Configuration, Decontamination, Deduplication

STORY = (
    "In a far valley seven shepherds kept one hundred goats, and every spring they sold a dozen of "
    "them at the market by the river, so that there was enough for oil and salt all summer long"
)
SEEN = Configuration(deduplication=Deduplication(enabled=False))


def reasons(table):
    return dict(zip(table["id"].to_pylist(), table["reason"].to_pylist(), strict=True))


def test_a_text_that_holds_a_case_gives_it_away(own, curated):
    found = reasons(
        curated(
            [
                own(STORY, "88", id="case", split="evaluation"),
                own(f"Read this first. {STORY}. Now what?", "other", id="holds", split="train"),
                own(STORY.replace("seven", "Seven"), "88", id="alike", split="validation"),
                own(STORY.replace("seven", "two old"), "88", id="most", split="train"),
                own(STORY.replace("seven", "nine new"), "9", id="answer", split="train"),
                own(STORY.replace("seven", "7"), "88", id="numbers", split="train"),
                own("What did the shepherds sell at the market by the river?", "88", id="short"),
                own("A far valley is where I keep my goats", "88", id="free", split="train"),
            ]
        )
    )
    leak = "gives an evaluation case away"
    assert found == {
        "case": None,
        "holds": leak,
        "alike": "nearly the same prompt",
        "most": leak,
        "answer": None,
        "numbers": None,
        "short": None,
        "free": None,
    }


def test_the_same_task_and_the_same_prompt_leak_even_without_deduplication(own, added, curated):
    other = own("Add 2 and 3.", "5", id="words", family="arithmetic", split="train",
                parameters='{"a": 2, "b": 3, "operation": "+"}')  # fmt: skip
    examples = [
        added(2, 3, id="case", split="evaluation"),
        other,
        own(" 2 + 3 =  ?", "5", id="prompt", split="validation"),
        added(2, 4, id="neighbour", split="train"),
        added(2, 3, id="second", split="evaluation"),
    ]
    found = reasons(curated(examples, SEEN))
    assert found == {
        "case": None,
        "words": "same as an evaluation case",
        "prompt": "same as an evaluation case",
        "neighbour": None,
        "second": None,
    }
    off = SEEN.model_copy(update={"decontamination": Decontamination(overlap=1.0)})
    assert reasons(curated(examples, off)) == found


def test_templates_survive(own, added, curated):
    cases = [added(a, 7, split="evaluation") for a in range(12)]
    train = [added(a, 7, split="train") for a in range(12, 60)]
    assert set(reasons(curated(cases + train)).values()) == {None}
    asked = "Which of these two towns lies further in the north of the country, {} or {}?"
    towns = ("Ulm", "Bern", "Graz", "Turin", "Nice", "Lille", "Bonn", "Genoa")
    pairs = [(one, other) for one in towns for other in towns if one != other]
    questions = [
        own(asked.format(*pair), pair[0], split="evaluation" if at % 3 == 0 else "train")
        for at, pair in enumerate(pairs)
    ]
    assert set(reasons(curated(questions)).values()) == {None}


def test_few_cases_of_a_generated_template_leave_their_neighbours_alone(added, curated):
    words = "If you take {} and add {} to it, what is the number that you then have?"
    examples = [
        added(a, b, id=f"{a} {b}", split="evaluation" if a == 1 else "train")
        for a in (1, 2)
        for b in (3, 4)
    ]
    import dataclasses

    examples = [
        dataclasses.replace(each, prompt=words.format(*each.id.split())) for each in examples
    ]
    assert set(reasons(curated(examples)).values()) == {None}


def test_questions_about_other_scans_and_patients_stay(own, patient, curated):
    images = [
        own(STORY, modality="image", image=bytes([each]), split=split)
        for each, split in enumerate(["evaluation", "train", "validation", "train"])
    ]
    patients = [patient("a", 1, split="evaluation"), patient("b", 1, split="train")]
    assert set(reasons(curated(images + patients)).values()) == {None}


def test_no_case_is_left_out_for_another(own, curated):
    cases = [
        own(STORY, "1", id="one", split="evaluation"),
        own(STORY + " or more", "1", id="two", split="evaluation"),
        own(STORY + " in all", "1", id="three", split="quarantine"),
    ]
    assert set(reasons(curated(cases, SEEN)).values()) == {None}
