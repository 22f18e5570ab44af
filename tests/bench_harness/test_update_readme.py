"""The place of the README that shows the newest run."""

import unittest

from update_readme import BEGIN, END, replaced


class UpdateReadmeTest(unittest.TestCase):
    def test_only_what_stands_between_the_marks_is_replaced(self):
        text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
        self.assertEqual(replaced(text, "new\n"),
                         f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n")

    def test_a_second_time_changes_nothing(self):
        once = replaced(f"{BEGIN}\n{END}\n", "new\n")
        self.assertEqual(replaced(once, "new\n"), once)

    def test_without_marks_nothing_is_touched(self):
        for text in ("", BEGIN, END, f"{END}\n{BEGIN}"):
            with self.subTest(text), self.assertRaises(ValueError):
                replaced(text, "new")
