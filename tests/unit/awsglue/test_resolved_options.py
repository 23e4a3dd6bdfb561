"""getResolvedOptions: which arguments a script gets, and what it is told when one is missing."""

import pytest
from awsglue.utils import GlueArgumentError, getResolvedOptions

GLUES_OWN = ["--JOB_NAME", "etl", "--JOB_ID", "j_1", "--JOB_RUN_ID", "jr_1", "--job-bookmark-option", "job-bookmark-disable"]


def resolved(*arguments, options=()):
    return getResolvedOptions(["script.py", *arguments], list(options))


def test_options_and_glues_own_arguments_are_returned_and_nothing_else():
    found = resolved(*GLUES_OWN, "--day", "monday", "--other", "x", options=["JOB_NAME", "day"])

    assert found == {"JOB_NAME": "etl", "JOB_ID": "j_1", "JOB_RUN_ID": "jr_1", "job_bookmark_option": "job-bookmark-disable", "day": "monday"}


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (["--day", "monday"], "monday"),
        (["--day=monday"], "monday"),
        (["--day=a=b"], "a=b"),
        (["--day", ""], ""),
        (["--day", "-1"], "-1"),
        (["--day", "first", "--day", "last"], "last"),
        (["--day", "--conf with a space"], "--conf with a space"),
    ],
)
def test_a_value_may_look_like_this(arguments, value):
    assert resolved(*arguments, options=["day"])["day"] == value


def test_hyphens_in_a_name_count_as_underscores():
    assert resolved("--my-day", "1", options=["my_day"]) == {"my_day": "1"}


def test_every_option_that_is_missing_is_named():
    with pytest.raises(GlueArgumentError, match="the following arguments are required: --a, --c"):
        resolved("--b", "1", options=["a", "b", "c"])


@pytest.mark.parametrize("arguments", [["--day"], ["--day", "--other", "x"]])
def test_an_option_without_a_value_is_refused(arguments):
    with pytest.raises(GlueArgumentError, match="argument --day: expected one argument"):
        resolved(*arguments, options=["day"])


def test_a_bookmark_option_that_does_not_exist_is_refused():
    with pytest.raises(GlueArgumentError, match="invalid choice: 'on'"):
        resolved("--job-bookmark-option", "on")


def test_a_name_that_begins_like_an_option_is_not_that_option():
    with pytest.raises(GlueArgumentError, match="required: --day"):
        resolved("--day_of_week", "monday", options=["day"])
