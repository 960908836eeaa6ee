"""``python -m ywstorm`` is ``ywstorm``."""

from ywstorm.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
