"""The API does what its OpenAPI document says: asked with what schemathesis thinks of, about real cases and none."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from schemathesis.checks import positive_data_acceptance

from tests.serve.conftest import Served
from tests.serve.pictures import picture

THOROUGH = settings(max_examples=25, derandomize=True, database=None, suppress_health_check=HealthCheck)
NO_SCHEMA_SAYS = {"POST /api/cases": [positive_data_acceptance]}
"""Only a file that is a picture is taken, which no schema can say."""


@pytest.mark.slow
def test_the_document_is_true(service: Served) -> None:
    solved = service.solve(picture("SYSTEMBOLAGET", "Uppsala 12"))["id"]
    document = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) >= 15
    for operation in operations:
        validated(operation, solved)
    assert service.client.get("/health").json()["status"] == "ok"
    assert service.client.get(f"/api/cases/{solved}").status_code == 200


def validated(operation: Any, solved: str) -> None:
    @THOROUGH
    @given(case=operation.as_strategy(), real=booleans())
    def ask(case: Any, real: bool) -> None:
        if real and case.path_parameters and operation.method != "delete":
            case.path_parameters["case_id"] = solved
        case.call_and_validate(excluded_checks=NO_SCHEMA_SAYS.get(operation.label))

    ask()
