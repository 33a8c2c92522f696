"""Run `python -m spectragui` as the command `spectragui`."""

from spectragui.cli.main import main

if __name__ == "__main__":
    main()
