#!/usr/bin/env bash
# Django REST Framework 3.14 turns a page around when one comes back to it.
#
# CursorPagination is ordered by a column whose values repeat, such as a date or
# a status. The client follows `next` to the third page, and then `previous`
# back to the second and the first. Both pages have the same rows as before, but
# in the opposite order. The framework reverses the ordering to read backwards,
# and turns the rows around afterwards, but SQLite delivers rows with equal
# values in the same order both times. Rows with different values keep their
# places, so the fault does not show in a test with unique values.
#
# The script runs Django 3.2.25 and SQLite 3.40.1 in memory. It prints the rows
# as value:id. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  python3-djangorestframework=3.14.0-2+deb12u1 \
  python3-django=3:3.2.25-0+deb12u7 python3-asgiref=3.6.0-1 \
  python3-sqlparse=0.4.2-1+deb12u1 python3-tz=2022.7.1-4 \
  libsqlite3-0=3.40.1-2+deb12u2
for package in *.deb; do dpkg -x "$package" root; done

export PYTHONPATH=$folder/root/usr/lib/python3/dist-packages
cat >pages.py <<'END'
import django
import rest_framework
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"], INSTALLED_APPS=["rest_framework"], USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3",
                           "NAME": ":memory:"}})
django.setup()

from django.db import connection, models
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory


class Row(models.Model):
    value = models.IntegerField()

    class Meta:
        app_label = "findings"


class Pages(CursorPagination):
    page_size = 4
    ordering = "value"


def show(name, url):
    pages = Pages()
    request = Request(APIRequestFactory().get(url))
    rows = pages.paginate_queryset(Row.objects.all(), request)
    print(f"{name}:", *(f"{row.value}:{row.id}" for row in rows))
    return pages.get_previous_link(), pages.get_next_link()


print("Django REST Framework", rest_framework.VERSION, "with Django",
      django.get_version())
with connection.schema_editor() as editor:
    editor.create_model(Row)
for number in range(12):
    Row.objects.create(value=number % 3)
_, following = show("page 1", "/")
_, following = show("page 2", following)
previous, _ = show("page 3", following)
previous, _ = show("back to page 2", previous)
show("back to page 1", previous)
END
LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu \
  /usr/bin/python3 pages.py | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
Django REST Framework 3.14.0 with Django 3.2.25
page 1: 0:1 0:4 0:7 0:10
page 2: 1:2 1:5 1:8 1:11
page 3: 2:3 2:6 2:9 2:12
back to page 2: 1:11 1:8 1:5 1:2
back to page 1: 0:10 0:7 0:4 0:1
END
