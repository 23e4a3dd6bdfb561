"""Defects that the pipeline must not have, each as a replacement of a text, and the tests that must turn red with it in.

A text occurs exactly once in its file; it is as short as that allows, so that the code around it can change. The first eleven are
the ones that pipelines of this kind are known for; the others are about claims, leases, reading and accounting.
"""

from __future__ import annotations

from dataclasses import dataclass

_PIPELINE = "tests/unit/pipeline"


@dataclass(frozen=True)
class Mutant:
    """One defect.

    Attributes:
        name: What somebody might well have written.
        path: The file, from the project's root.
        old, new: The text that is replaced, once in the file, and what takes its place.
        tests: Node ids of pytest; at least one of them must fail.
    """

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


def _in(module: str, *names: str) -> tuple[str, ...]:
    *folders, name_of_file = module.split("/")
    path = "/".join([_PIPELINE, *folders, f"test_{name_of_file}.py"])
    return tuple(f"{path}::test_{name}" for name in names)


MUTANTS = (
    Mutant(
        "append instead of merge",
        "glue_jobs/lakehouse/frames.py",
        '.merge(changes.alias("s"), ',
        '.merge(changes.alias("s"), "false and " + ',
        _in("jobs", "loading_the_same_rows_again_changes_nothing_and_a_change_moves_one_row"),
    ),
    Mutant(
        "dedupe before validation",
        "glue_jobs/lakehouse/transforms.py",
        '    is_valid = F.size("reason_codes") == 0\n    own_number',
        "    is_valid = F.lit(True)\n    own_number",
        _in("jobs", "the_latest_valid_row_of_a_key_wins_and_what_it_beats_is_logged"),
    ),
    Mutant(
        "inner join as foreign-key check",
        "glue_jobs/lakehouse/transforms.py",
        'known["_parent"], how="left"',
        'known["_parent"], how="inner"',
        _in("jobs", "items_wait_for_their_product_and_are_loaded_by_themselves_when_it_comes"),
    ),
    Mutant(
        'cast("timestamp")',
        "glue_jobs/lakehouse/row_rules.py",
        "TIMESTAMP: parse_timestamp,",
        'TIMESTAMP: lambda text: text.cast("timestamp"),',
        _in("jobs", "each_rule_gives_its_code_and_a_bad_value_never_fails_the_job"),
    ),
    Mutant(
        "read schema by position (the sheet)",
        "glue_jobs/lakehouse/datasets.py",
        "positions={name: names.index(name) for name in wanted if name in names}",
        "positions={name: position for position, name in enumerate(wanted) if name in names}",
        _in("converter", "columns_are_taken_by_name_and_others_left_out_with_a_warning"),
    ),
    Mutant(
        "read schema by position (the CSV)",
        "glue_jobs/lakehouse/frames.py",
        "enforceSchema=False",
        "enforceSchema=True",
        _in("frames", "a_csv_whose_columns_lie_in_another_order_is_an_error_and_never_read_by_position"),
    ),
    Mutant(
        "marker by file name",
        "glue_jobs/lakehouse/claims.py",
        "    token = content_hash\n",
        "    token = hashlib.sha256(key.encode()).hexdigest()\n",
        _in("exactly_once/claims", "the_same_content_is_claimed_once_whatever_it_is_called", "a_corrected_file_of_the_same_name_is_claimed_anew"),
    ),
    Mutant(
        "marker before commit (in the plan)",
        "glue_jobs/lakehouse/loads.py",
        '    return {**content, "load": key}\n',
        '    for name in content["datasets"]:\n        mark_done(bucket, key, name)\n    return {**content, "load": key}\n',
        _in("exactly_once/claims", "a_marker_is_asked_for_by_dataset_alone"),
    ),
    Mutant(
        "marker before commit (in the state machine)",
        "step_functions/lakehouse_etl_flow.json",
        '"Next": "Check that products were loaded"',
        '"Next": "Mark products as loaded"',
        _in("state_machine", "after_every_job_run_a_choice_demands_that_it_succeeded"),
    ),
    Mutant(
        "listing without paging",
        "glue_jobs/lakehouse/s3.py",
        '                yield item["Key"]\n',
        '                yield item["Key"]\n            break\n',
        _in("exactly_once/coordination", "listings_go_on_past_their_first_page"),
    ),
    Mutant(
        "archive of whatever is there",
        "glue_jobs/archive_raw_csvs.py",
        ', upload["version_id"], ',
        ", None, ",
        _in("exactly_once/loads", "a_load_archives_its_csvs_and_the_upload_in_the_version_that_was_loaded"),
    ),
    Mutant(
        "403 read as absent",
        "glue_jobs/lakehouse/s3.py",
        '_ABSENT = {"404", ',
        '_ABSENT = {"404", "403", "AccessDenied", ',
        _in("exactly_once/coordination", "a_denied_read_is_never_taken_for_absent"),
    ),
    Mutant(
        "string + string reasons",
        "glue_jobs/lakehouse/row_rules.py",
        "    return F.filter(F.array(*earned), lambda code: code.isNotNull())",
        '    said = reduce(lambda one, other: one + F.lit(";") + other, [F.coalesce(code, F.lit("")) for code in earned])\n'
        '    return F.filter(F.split(F.coalesce(said.cast("string"), F.lit("")), ";"), lambda code: code != "")',
        _in("jobs", "each_rule_gives_its_code_and_a_bad_value_never_fails_the_job"),
    ),
    # Claims and leases
    Mutant(
        "a claim that overwrites another",
        "glue_jobs/lakehouse/claims.py",
        "create(claim.claim, asdict(claim))",
        "write(claim.claim, asdict(claim))",
        _in("exactly_once/claims", "the_same_content_is_claimed_once_whatever_it_is_called"),
    ),
    Mutant(
        "a load lease taken while it is held",
        "glue_jobs/lakehouse/leases.py",
        "datetime.fromisoformat(lease.expires_at) <= moment",
        "datetime.fromisoformat(lease.expires_at) >= moment",
        _in("exactly_once/coordination", "one_holds_the_lease_until_it_is_released_expires_or_its_holder_is_over"),
    ),
    Mutant(
        "a load lease released by whoever comes",
        "glue_jobs/lakehouse/leases.py",
        'if found is None or found.content["holder"] != holder:',
        "if found is None:",
        _in("exactly_once/coordination", "one_holds_the_lease_until_it_is_released_expires_or_its_holder_is_over"),
    ),
    Mutant(
        "a load lease taken over without a condition",
        "glue_jobs/lakehouse/leases.py",
        "replace(KEY, new, ",
        "write(KEY, new) or str(",
        _in("exactly_once/coordination", "of_two_that_take_a_dead_one_s_lease_over_at_once_one_gets_it"),
    ),
    Mutant(
        "a job that writes without the lease",
        "glue_jobs/lakehouse/leases.py",
        "    if found != holder:\n",
        "    if False:\n",
        _in("jobs", "a_job_without_the_lease_writes_nothing"),
    ),
    Mutant(
        "maintenance without the lease",
        "glue_jobs/lakehouse/maintenance.py",
        "            demand_lease()\n",
        "",
        _in("maintenance", "nothing_is_touched_without_the_lease"),
    ),
    Mutant(
        "a load that forgets what was done before it was cut off",
        "glue_jobs/lakehouse/loads.py",
        '    in_parallel(lambda upload: bucket.write(_done_key(upload["upload_id"], dataset), {"done_at": now, "load": load}), uploads)\n',
        "",
        _in("exactly_once/loads", "when_the_holder_ends_another_goes_on_from_the_first_dataset_not_done"),
    ),
    # Reading
    Mutant(
        "a header that comes again is counted as a row",
        "glue_jobs/lakehouse/converter.py",
        "                self.repeated_at.append(row.number)\n                continue\n",
        "                self.repeated_at.append(row.number)\n",
        _in("converter", "a_header_that_comes_again_is_no_row"),
    ),
    Mutant(
        "two sheets in one CSV",
        "glue_jobs/lakehouse/converter.py",
        "-{hashlib.sha256(sheet.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}.csv",
        ".csv",
        _in("converter", "the_names_of_csvs_never_collide"),
    ),
    Mutant(
        "a hidden sheet is loaded",
        "glue_jobs/lakehouse/rules.py",
        '("HIDDEN_SHEET", lambda sheet: sheet.is_hidden)',
        '("HIDDEN_SHEET", lambda sheet: False)',
        _in("converter", "sheets_without_data_are_skipped_and_recorded"),
    ),
    # Accounting
    Mutant(
        "rows that do not add up are let through",
        "glue_jobs/lakehouse/accounting.py",
        "row.rows_read != row.accounted",
        "row.rows_read < row.accounted",
        _in("jobs", "rows_that_do_not_add_up_fail_the_job_before_anything_is_written"),
    ),
    Mutant(
        "a replayed row counted twice",
        "glue_jobs/lakehouse/accounting.py",
        "held=row.held - sum(moved.values()),",
        "held=row.held,",
        _in("jobs", "items_wait_for_their_product_and_are_loaded_by_themselves_when_it_comes"),
    ),
    Mutant(
        "an older upload undoes a newer one",
        "glue_jobs/lakehouse/late.py",
        "later = [upload for upload in logged if upload > oldest and upload not in upload_ids]",
        "later: list[str] = []",
        _in("late_uploads", "case_24_a_late_upload_does_not_undo_what_a_newer_one_repeated"),
    ),
)
