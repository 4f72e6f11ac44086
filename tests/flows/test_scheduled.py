"""prefect.yaml deploys a flow that is there, with parameters that it takes."""

import ast
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def test_what_is_deployed_is_there_and_takes_what_it_is_given() -> None:
    (deployment,) = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    file, _, name = deployment["entrypoint"].partition(":")
    (flow,) = [
        one
        for one in ast.parse((ROOT / file).read_text()).body
        if isinstance(one, ast.FunctionDef) and one.name == name
    ]
    assert any("flow" in ast.unparse(one) for one in flow.decorator_list)
    taken = [one.arg for one in flow.args.args]
    required = taken[: len(taken) - len(flow.args.defaults)]
    assert set(required) <= set(deployment["parameters"]) <= set(taken)
    assert deployment["concurrency_limit"] == 1  # never two at once
