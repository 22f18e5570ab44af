"""The place of bench/README.md that shows the newest run."""

import re
import unittest

from update_readme import BEGIN, END, PAGE, PLOTS, replaced


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

    def test_the_page_has_the_marks_and_the_plots(self):
        self.assertIn("new", replaced(PAGE.read_text(), "new"))
        plots = re.findall(r"\]\((.+)\)", PLOTS)
        self.assertTrue(plots)
        for plot in plots:
            with self.subTest(plot):
                self.assertTrue((PAGE.parent / plot).is_file())
