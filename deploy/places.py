"""The four places of the demonstration: who they are, where they listen, who works there."""

from __future__ import annotations

from typing import NamedTuple


class Person(NamedTuple):
    """An account of a place. `department` is "" where it does not matter."""

    login: str
    name: str
    role: str
    department: str = ""


class Place(NamedTuple):
    """One process. `command` is the program, `parent` the key of the hub that it syncs with ("" = none)."""

    key: str
    command: str
    tier: str
    area: str
    name: str
    port: int
    parent: str
    people: tuple[Person, ...]


CIVIL_AFFAIRS = "mz"
CIVIL_AFFAIRS_NAME = "广安市民政局"
LOW_INCOME = "mz.low-income-household"
LOW_INCOME_NAME = "最低生活保障家庭"

REVIEWER = "jiandu"
"""The login of whoever reviews at the city what the administrator has drafted."""

CITY = Place(
    "city", "tongban-hub", "city", "5116", "广安市政务服务中心", 8516, "",
    (
        Person("admin", "市级管理员", "admin"),
        Person(REVIEWER, "市级监督员", "supervisor"),
        Person("minzheng", "市民政局经办", "issuer", CIVIL_AFFAIRS),
        Person("shenpi", "市级审批人员", "officer"),
    ),
)  # fmt: skip
DISTRICT = Place(
    "district", "tongban-hub", "district", "511602", "广安区政务服务中心", 8517, "city",
    (Person("admin", "区级管理员", "admin"), Person("shenpi", "区级审批人员", "officer"),
     Person("jiandu", "区级监督员", "supervisor")),
)  # fmt: skip
STATION = Place(
    "station", "tongban-station", "station", "511602001001", "浓洄街道东街社区服务站", 8518, "district",
    (Person("admin", "站点管理员", "admin"), Person("chuangkou", "窗口人员", "clerk")),
)  # fmt: skip
HALL = Place(
    "hall", "tongban-station", "station", "511602101", "官盛镇便民服务中心", 8519, "district",
    (Person("admin", "站点管理员", "admin"), Person("chuangkou", "窗口人员", "clerk")),
)  # fmt: skip

PLACES = (CITY, DISTRICT, STATION, HALL)
