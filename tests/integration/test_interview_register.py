"""The register of interviews: what is read, what is refused, and that feeding it again changes nothing."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook

from consent.ledger import answers, ledger
from consent.ledger.answers import AnswerRow
from consent.people import subjects
from consent.rules import Outcome
from consent.saying import interview_import, interview_register
from consent.saying.interview_import import Imported
from consent.saying.interview_register import Register, Unreadable
from tests.consortium import Consortium, codes
from vault import clock

LONG = ("interview_reference", "scope", "answer", "effective_at")


def write(path: Path, *rows: Sequence[str], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "register.csv"


def check(consortium: Consortium, file: Path, mapping: Path | None = None) -> Register:
    with consortium.database.reading() as session:
        return interview_register.check(session, file, "alder", mapping)


def bring_in(consortium: Consortium, file: Path, mapping: Path | None = None) -> tuple[Register, Imported]:
    checked = check(consortium, file, mapping)
    return checked, interview_import.bring_in(consortium.database, checked, "alder")


def standing(consortium: Consortium, reference: str) -> dict[str, AnswerRow]:
    with consortium.database.reading() as session:
        subject_id = subjects.by_reference(session, "alder", [reference])[reference]
        found = answers.present(session, [subject_id]).answers
    return {scope: row for (_, scope, _), row in found.items()}


def states(consortium: Consortium, reference: str) -> dict[str, str]:
    return {scope: row.code for scope, row in standing(consortium, reference).items()}


def known(consortium: Consortium, reference: str) -> bool:
    with consortium.database.reading() as session:
        return reference in subjects.by_reference(session, "alder", [reference])


def reasons(checked: Register) -> list[tuple[int, str]]:
    return [(row.number, reason) for row, reason in checked.rejected]


def test_the_long_form_is_a_row_per_person_and_scope(consortium: Consortium, file: Path) -> None:
    write(
        file,
        LONG,
        ("V-1", "share.icc", "granted", "2024-05-14"),
        ("V-1", "share.un", "ask_first", "2024-05-14T12:30:00+02:00"),
        ("V-1", "publish.named", "refused", "2024-05-14"),
        ("V-2", "share.icc", "unanswered", "2024-05-15"),
        ("V-2", "share.un", "", "2024-05-15"),
    )
    checked, imported = bring_in(consortium, file)
    assert (checked.rows, checked.rejected, checked.warnings) == (5, [], [])
    assert imported == Imported(people=2, enrolled=2, recorded=4, already_known=0)
    assert states(consortium, "V-1") == {"share.icc": "granted", "share.un": "ask_first", "publish.named": "refused"}
    assert states(consortium, "V-2") == {"share.icc": "unanswered"}
    assert standing(consortium, "V-1")["share.icc"].effective_at == datetime(2024, 5, 14, tzinfo=UTC)
    assert standing(consortium, "V-1")["share.un"].effective_at == datetime(2024, 5, 14, 10, 30, tzinfo=UTC)
    assert consortium.faults() == []


def test_the_wide_form_is_a_row_per_person_with_a_column_per_scope(consortium: Consortium, file: Path) -> None:
    write(
        file,
        ("interview_reference", "effective_at", "share.icc", "share.un", "contact.followup"),
        ("V-1", "2024-05-14", "granted", "", "refused"),
        ("V-1", "2024-08-01", "withdrawn", "ask_first", ""),
        ("V-2", "2024-05-14", "", "", ""),
    )
    checked, imported = bring_in(consortium, file)
    assert checked.rows == 3
    assert imported == Imported(people=2, enrolled=2, recorded=4)
    assert states(consortium, "V-1") == {
        "share.icc": "withdrawn",
        "share.un": "ask_first",
        "contact.followup": "refused",
    }
    assert states(consortium, "V-2") == {}


def test_what_was_brought_in_decides(consortium: Consortium, file: Path) -> None:
    consortium.register({"item": "early", "subjects": []})
    write(file, (*LONG, "identity"), ("V-1", "share.icc", "granted", "2024-05-14", "pseudonymised"))
    bring_in(consortium, file)
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    decided = consortium.decide("F-1")
    assert (decided.outcome, decided.identity) == (Outcome.PERMIT, "pseudonymised")


def test_conditions_and_circumstances_are_kept(consortium: Consortium, file: Path) -> None:
    write(
        file,
        (
            *(*LONG, "language", "method", "form_version", "captured_by", "identity", "only_recipients"),
            *("except_recipients", "except_kinds", "onward", "valid_until", "review_on"),
        ),
        (
            *("V-1", "share.prosecutor", "granted", "2024-05-14", "be", "written", "paper 3", "documenter 7"),
            *("anonymised", "lt-prosecution; pl-prosecution", "", "medical;photo", "not_without_me"),
            *("2031-01-01", "2030-01-01"),
        ),
        ("V-1", "share.icc", "granted", "2024-05-14", "", "", "", "", "", "", "", "", "", "", ""),
    )
    bring_in(consortium, file)
    row = standing(consortium, "V-1")["share.prosecutor"]
    assert row.conditions == {
        "identity": "anonymised",
        "only_recipients": ["lt-prosecution", "pl-prosecution"],
        "except_kinds": ["medical", "photo"],
        "onward": "not_without_me",
        "valid_until": "2031-01-01",
        "review_on": "2030-01-01",
    }
    assert row.language == "be"
    assert standing(consortium, "V-1")["share.icc"].conditions == {}
    with consortium.database.reading() as session:
        body = ledger.history(session, [row.subject_id])[0][0].body
    assert (body["method"], body["form_version"], body["captured_by"]) == ("written", "paper 3", "documenter 7")


def test_a_scope_for_one_partner_is_for_the_partner_that_documents(consortium: Consortium, file: Path) -> None:
    write(file, LONG, ("V-1", "contact.followup", "granted", "2024-05-14"))
    bring_in(consortium, file)
    assert standing(consortium, "V-1")["contact.followup"].partners == ["alder"]


def test_one_reference_at_two_partners_is_two_people(consortium: Consortium, file: Path) -> None:
    write(file, LONG, ("V-1", "share.icc", "granted", "2024-05-14"))
    bring_in(consortium, file)
    assert interview_import.bring_in(consortium.database, check(consortium, file), "birch").enrolled == 1


def test_several_rows_are_a_history_in_the_order_of_their_moments(consortium: Consortium, file: Path) -> None:
    write(
        file,
        LONG,
        ("V-1", "share.icc", "withdrawn", "2024-09-01"),
        ("V-1", "share.icc", "granted", "2024-05-14"),
        ("V-1", "share.icc", "refused", "2024-01-02"),
    )
    bring_in(consortium, file)
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    summer = datetime(2024, 7, 1, tzinfo=UTC)
    assert states(consortium, "V-1") == {"share.icc": "withdrawn"}
    assert consortium.decide("F-1", at=summer).outcome is Outcome.PERMIT
    assert codes(consortium.decide("F-1", at=summer - timedelta(days=90))) == ["refused"]
    assert consortium.faults() == []


def test_of_two_answers_of_one_moment_the_one_that_denies_wins_with_a_warning(
    consortium: Consortium, file: Path
) -> None:
    ties = [(denying, order) for denying in ("refused", "withdrawn", "unanswered") for order in (1, -1)]
    rows = []
    for number, (denying, order) in enumerate(ties):
        consortium.enrol(f"V-{number}")
        one, other = ("granted", "2024-05-14"), (denying, "2024-05-14T00:00:00Z")
        rows += [(f"V-{number}", "share.icc", *said) for said in (one, other)[::order]]
    write(file, LONG, *rows)
    checked, imported = bring_in(consortium, file)
    for number, (denying, _) in enumerate(ties):
        assert states(consortium, f"V-{number}") == {"share.icc": denying}
    assert checked.warnings == [
        f"V-{number}, share.icc: several answers of 2024-05-14T00:00:00.000000Z; the one that denies counts"
        for number in range(len(ties))
    ]
    assert (imported.recorded, checked.rejected) == (12, [])


def test_feeding_the_same_file_again_changes_nothing(consortium: Consortium, file: Path) -> None:
    write(
        file,
        (*LONG, "except_kinds"),
        ("V-1", "share.icc", "granted", "2024-05-14", "medical"),
        ("V-1", "share.icc", "granted", "2024-05-14", "medical"),
        ("V-1", "share.icc", "withdrawn", "2024-09-01", ""),
        ("V-2", "share.un", "ask_first", "2024-05-14", ""),
    )
    _, first = bring_in(consortium, file)
    assert first == Imported(people=2, enrolled=2, recorded=3, already_known=1)
    with consortium.database.reading() as session:
        before = ledger.append(session, [])
    _, again = bring_in(consortium, file)
    assert again == Imported(people=2, enrolled=0, recorded=0, already_known=4)
    with consortium.database.reading() as session:
        assert ledger.append(session, []) == before


def test_an_import_that_was_cut_short_goes_on_where_it_was(
    consortium: Consortium, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interview_import, "_PEOPLE_IN_A_TRANSACTION", 2)
    write(file, LONG, *((f"V-{number}", "share.icc", "granted", "2024-05-14") for number in range(5)))
    checked = check(consortium, file)

    def cut(_people: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interview_import.bring_in(consortium.database, checked, "alder", cut)
    assert [known(consortium, f"V-{number}") for number in range(5)] == [True, True, False, False, False]
    _, rest = bring_in(consortium, file)
    assert rest == Imported(people=5, enrolled=3, recorded=3, already_known=2)


def test_an_old_register_does_not_undo_what_the_person_said_since(consortium: Consortium, file: Path) -> None:
    write(file, LONG, ("V-1", "share.icc", "granted", "2024-05-14"))
    bring_in(consortium, file)
    with consortium.database.reading() as session:
        anna = subjects.by_reference(session, "alder", ["V-1"])["V-1"]
    consortium.withdraw(anna, "share.icc")
    bring_in(consortium, file)
    assert states(consortium, "V-1") == {"share.icc": "withdrawn"}


BAD = [
    ({"interview_reference": ""}, "interview_reference: 1 to 100 printable characters"),
    ({"interview_reference": "V" * 101}, "interview_reference: 1 to 100 printable characters"),
    ({"interview_reference": "V\u200b1"}, "interview_reference: 1 to 100 printable characters"),
    ({"scope": "share.everybody"}, "scope: 'share.everybody' is not in the catalogue"),
    ({"scope": ""}, "scope: '' is not in the catalogue"),
    ({"answer": "yes"}, "answer: 'yes' is none of granted, refused, ask_first, unanswered, withdrawn"),
    ({"effective_at": ""}, "effective_at: neither a date (2024-05-14) nor an RFC 3339 time"),
    ({"effective_at": "14.05.2024"}, "effective_at: neither a date (2024-05-14) nor an RFC 3339 time"),
    ({"effective_at": "2024-05-14T10:00:00"}, "effective_at: neither a date (2024-05-14) nor an RFC 3339 time"),
    ({"effective_at": "2124-05-14"}, "effective_at: lies in the future"),
    ({"identity": "secret"}, "identity: cannot be read"),
    ({"onward": "maybe"}, "onward: cannot be read"),
    ({"valid_until": "soon"}, "valid_until: cannot be read"),
    ({"review_on": "2024-13-01"}, "review_on: cannot be read"),
    ({"only_recipients": "lt-prosecution;xx-prosecution"}, "only_recipients: 'xx-prosecution' is not in the recipient"),
    ({"except_recipients": "nobody"}, "except_recipients: 'nobody' is not in the recipient directory"),
    ({"except_kinds": "Medical Files"}, "except_kinds: 'Medical Files' is not a kind"),
    ({"language": "de"}, "language: none of be, ru, en"),
    ({"method": "telepathy"}, "method: none of written, spoken_recorded, portal"),
    ({"form_version": "f" * 61}, "form_version: at most 60 characters"),
    ({"captured_by": "c" * 201}, "captured_by: at most 200 characters"),
]


def test_each_bad_row_is_refused_with_its_number_and_reason_and_the_others_go_in(
    consortium: Consortium, file: Path
) -> None:
    good = dict(zip(LONG, ("V-1", "share.prosecutor", "granted", "2024-05-14"), strict=True))
    header = [*LONG, *sorted({name for wrong, _ in BAD for name in wrong} - good.keys())]
    bad = [good | {"interview_reference": f"B-{number}"} | wrong for number, (wrong, _) in enumerate(BAD, start=2)]
    write(file, header, *([row.get(name, "") for name in header] for row in (*bad, good)))
    checked, imported = bring_in(consortium, file)
    assert [number for number, _ in reasons(checked)] == [number for number, _ in enumerate(BAD, start=2)]
    for (_, told), (_, expected) in zip(reasons(checked), BAD, strict=True):
        assert told.startswith(expected)
    assert imported.recorded == 1
    assert states(consortium, "V-1") == {"share.prosecutor": "granted"}


def test_a_row_with_too_few_or_too_many_cells_is_refused(consortium: Consortium, file: Path) -> None:
    write(
        file,
        LONG,
        ("V-1", "share.icc", "granted"),
        ("V-2", "share.icc", "granted", "2024-05-14", "more"),
        ("V-3", "share.icc", "granted", "2024-05-14"),
    )
    checked, imported = bring_in(consortium, file)
    assert reasons(checked) == [(2, "3 cells where the header has 4"), (3, "5 cells where the header has 4")]
    assert imported.recorded == 1


def test_with_a_bad_row_all_rows_of_that_person_and_scope_are_held_back(consortium: Consortium, file: Path) -> None:
    write(
        file,
        LONG,
        ("V-1", "share.icc", "granted", "2024-05-14"),
        ("V-1", "share.icc", "withdrawn", "soon"),
        ("V-1", "share.un", "granted", "2024-05-14"),
        ("V-2", "share.icc", "granted", "2024-05-14"),
    )
    checked, _ = bring_in(consortium, file)
    assert reasons(checked) == [
        (2, "held back: row 3 of this person and scope is bad"),
        (3, "effective_at: neither a date (2024-05-14) nor an RFC 3339 time"),
    ]
    assert states(consortium, "V-1") == {"share.un": "granted"}
    assert states(consortium, "V-2") == {"share.icc": "granted"}


def test_a_row_of_the_wrong_length_holds_back_the_whole_person(consortium: Consortium, file: Path) -> None:
    write(file, LONG, ("V-1", "share.icc", "granted", "2024-05-14"), ("V-1", "share.icc", "withdrawn"))
    checked, imported = bring_in(consortium, file)
    assert reasons(checked) == [
        (2, "held back: row 3 of this person and scope is bad"),
        (3, "3 cells where the header has 4"),
    ]
    assert imported.recorded == 0


def test_in_the_wide_form_one_bad_cell_holds_back_that_scope_alone(consortium: Consortium, file: Path) -> None:
    write(
        file,
        ("interview_reference", "effective_at", "share.icc", "share.un"),
        ("V-1", "2024-05-14", "granted", "granted"),
        ("V-1", "2024-06-14", "stopp", ""),
    )
    checked, _ = bring_in(consortium, file)
    assert [number for number, _ in reasons(checked)] == [2, 3]
    assert states(consortium, "V-1") == {"share.un": "granted"}


def test_the_rejected_rows_are_written_as_they_were_and_can_be_mended_and_fed_again(
    consortium: Consortium, file: Path, tmp_path: Path
) -> None:
    header = (*LONG, "only_recipients")
    write(
        file,
        header,
        ("V-1", "share.prosecutor", "granted", "2024-05-14", "lt-prosecution;pl-prosecution"),
        ("V-1", "share.prosecutor", "withdrawn", "14 June", ""),
        ("V-2", "share.icc", "granted", "2024-05-14", ""),
    )
    checked, _ = bring_in(consortium, file)
    rejected = tmp_path / "register.csv.rejected.csv"
    interview_register.write_rejected(checked, rejected)
    with rejected.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened))
    assert rows[0] == [*header, "row", "reason"]
    assert rows[1][:6] == ["V-1", "share.prosecutor", "granted", "2024-05-14", "lt-prosecution;pl-prosecution", "2"]
    assert rows[2][5:] == ["3", "effective_at: neither a date (2024-05-14) nor an RFC 3339 time"]

    rejected.write_text(rejected.read_text(encoding="utf-8").replace("14 June", "2024-06-14"), encoding="utf-8")
    mended, imported = bring_in(consortium, rejected)
    assert mended.rejected == []
    assert imported.recorded == 2
    assert states(consortium, "V-1") == {"share.prosecutor": "withdrawn"}
    assert consortium.faults() == []


def test_a_file_that_was_rejected_twice_names_row_and_reason_once(consortium: Consortium, file: Path) -> None:
    write(file, (*LONG, "row", "reason"), ("V-1", "share.icc", "yes", "2024-05-14", "17", "an older reason"))
    checked, _ = bring_in(consortium, file)
    interview_register.write_rejected(checked, file)
    with file.open(encoding="utf-8", newline="") as opened:
        header, row = csv.reader(opened)
    assert header == [*LONG, "row", "reason"]
    assert row[4] == "2"
    assert "older" not in row[5]


def test_semicolons_a_byte_order_mark_blank_lines_and_quotes_are_read(consortium: Consortium, file: Path) -> None:
    file.write_bytes(
        "\ufeffinterview_reference;scope;answer;effective_at;captured_by;only_recipients\r\n"
        'V-1;share.prosecutor;granted;2024-05-14;"Анна; ""дакументалістка""";"lt-prosecution;pl-prosecution"\r\n'
        "\r\n"
        ";;;;;\r\n"
        " V-2 ; share.icc ;granted; 2024-05-14;;\r\n".encode()
    )
    checked, imported = bring_in(consortium, file)
    assert (checked.rows, checked.rejected, imported.recorded) == (2, [], 2)
    row = standing(consortium, "V-1")["share.prosecutor"]
    assert row.conditions == {"only_recipients": ["lt-prosecution", "pl-prosecution"]}
    assert states(consortium, "V-2") == {"share.icc": "granted"}


def test_a_spreadsheet_is_read_from_its_first_sheet(consortium: Consortium, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(LONG)
    sheet.append((417, "share.icc", "granted", date(2024, 5, 14)))
    sheet.append((417.0, "share.un", "refused", datetime(2024, 5, 14, 9, 30)))
    sheet.append(("V-2", "share.icc", "granted", "soon"))
    book.create_sheet().append(("something", "else"))
    book.save(tmp_path / "register.xlsx")
    checked, imported = bring_in(consortium, tmp_path / "register.xlsx")
    assert [number for number, _ in reasons(checked)] == [4]
    assert imported.recorded == 2
    assert states(consortium, "417") == {"share.icc": "granted", "share.un": "refused"}
    assert standing(consortium, "417")["share.un"].effective_at == datetime(2024, 5, 14, 9, 30, tzinfo=UTC)


def test_a_mapping_renames_columns_and_values(consortium: Consortium, file: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[columns]\n"Interview" = "interview_reference"\n"Date" = "effective_at"\n"ICC" = "share.icc"\n'
        '[values.answer]\n"Y" = "granted"\n"N" = "refused"\n',
        encoding="utf-8",
    )
    write(file, ("Interview", "Date", "ICC"), ("V-1", "2024-05-14", "Y"), ("V-2", "2024-05-14", "N"))
    checked, imported = bring_in(consortium, file, mapping)
    assert (checked.rejected, imported.recorded) == ([], 2)
    assert states(consortium, "V-1") == {"share.icc": "granted"}
    assert states(consortium, "V-2") == {"share.icc": "refused"}


def test_rejected_rows_of_a_mapped_file_keep_their_own_words(
    consortium: Consortium, file: Path, tmp_path: Path
) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[columns]\n"Interview" = "interview_reference"\n[values.answer]\n"Y" = "granted"\n')
    write(file, ("Interview", *LONG[1:]), ("V-1", "share.icc", "Y", "soon"))
    checked, _ = bring_in(consortium, file, mapping)
    interview_register.write_rejected(checked, file)
    assert file.read_text(encoding="utf-8").startswith("Interview,scope,answer,effective_at,row,reason")
    assert "V-1,share.icc,Y,soon,2," in file.read_text(encoding="utf-8")


def test_a_mapped_scope_is_held_back_with_its_bad_row(consortium: Consortium, file: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[values.scope]\n"Court" = "share.icc"\n[values.interview_reference]\n"one" = "V-1"\n')
    write(
        file,
        LONG,
        ("one", "share.icc", "granted", "2024-05-14"),
        ("V-1", "Court", "withdrawn", "soon"),
    )
    checked, imported = bring_in(consortium, file, mapping)
    assert [number for number, _ in reasons(checked)] == [2, 3]
    assert imported.recorded == 0
    assert not known(consortium, "one")


UNREADABLE: list[tuple[bytes, str]] = [
    (b"", "the file is empty"),
    (b"\xff\xfe\x00", "not a UTF-8 file"),
    (b"scope,answer,effective_at\n", "column missing: interview_reference"),
    (b"interview_reference,scope,answer\n", "column missing: effective_at"),
    (b"interview_reference,scope,answer,effective_at,identiti\n", "unknown column: identiti"),
    (b"interview_reference,scope,answer,effective_at,\n", "unknown column: (empty)"),
    (b"interview_reference,scope,answer,effective_at,scope\n", "a column stands there twice"),
    (b"interview_reference,effective_at\n", "neither a column named scope nor a column per scope"),
    (b'interview_reference,scope,answer,effective_at\n"V-1,share.icc\n', "row 2: "),
]


def test_a_file_that_cannot_be_read_as_a_whole_says_why(consortium: Consortium, file: Path) -> None:
    for content, reason in UNREADABLE:
        file.write_bytes(content)
        with pytest.raises(Unreadable) as raised:
            check(consortium, file)
        assert reason in str(raised.value)


def test_a_broken_spreadsheet_or_mapping_says_so(consortium: Consortium, file: Path, tmp_path: Path) -> None:
    (tmp_path / "register.xlsx").write_bytes(b"PK not really")
    with pytest.raises(Unreadable, match="not an XLSX file"):
        check(consortium, tmp_path / "register.xlsx")
    write(file, LONG)
    (tmp_path / "mapping.toml").write_text("[columns\n")
    with pytest.raises(Unreadable, match="mapping file"):
        check(consortium, file, tmp_path / "mapping.toml")


def test_checking_writes_nothing(consortium: Consortium, file: Path) -> None:
    write(file, LONG, ("V-1", "share.icc", "granted", "2024-05-14"))
    check(consortium, file)
    assert not known(consortium, "V-1")


def test_a_statement_of_today_is_not_of_the_future(consortium: Consortium, file: Path) -> None:
    today: Iterable[str] = ("V-1", "share.icc", "granted", clock.now().date().isoformat())
    write(file, LONG, tuple(today))
    assert check(consortium, file).rejected == []
