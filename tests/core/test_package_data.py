"""Resources and models are found, whether in a checkout or in an installed wheel."""

import pytest

from spectragui.core.package_data import bundled_examples, data_folder, resource


@pytest.mark.parametrize("name", ["resources", "models"])
def test_the_bundled_folders_are_there(name):
    assert any(data_folder(name).iterdir())


def test_a_missing_folder_is_said():
    with pytest.raises(FileNotFoundError, match="lacks its folder 'weights'"):
        data_folder("weights")


def test_a_resource_is_named_by_its_parts():
    assert resource("icons", "open.svg") == data_folder("resources") / "icons" / "open.svg"


def test_the_examples_are_there_and_say_that_they_are_simulated():
    examples = bundled_examples()
    assert len(examples) >= 2
    for example in examples:
        assert example.path.is_file()
        assert "simulated" in example.text.lower()
        assert "simulated" in example.path.name
