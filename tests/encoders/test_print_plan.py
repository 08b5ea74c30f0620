import yaml

from mirage.encoders.devices import Hardware
from script_loader import script_main


def test_the_plan_of_a_configuration_is_printed(entry, tmp_path, capsys, monkeypatch):
    main = script_main("print_plan")
    monkeypatch.setitem(main.__globals__, "detect", lambda: Hardware((), cpu_bf16=True))
    config = {
        "agents": {"tiny": entry, "large": entry | {"millions": 149}},
        "encoders": {"run": "auto", "schemes": ["stratified"], "seeds": 3},
        "schemes": ["stratified"],
        "split": {"folds": 5},
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    assert main(["--config", str(tmp_path / "config.yaml"), "--results", str(tmp_path), "--cores", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "encoders on this machine: no GPU, CPU with bf16"
    assert lines[1].startswith("  tiny: 3 cells, 0 done, 3 to run")
    assert lines[2].startswith("  large: 3 cells not run here: 149 million parameters need a GPU; to run it: snakemake")
