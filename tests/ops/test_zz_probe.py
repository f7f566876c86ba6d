from __future__ import annotations
from tests.ops.test_erasure import erase
from tests.ops.test_retention import DAY, applied, count, keeper, prune, term
from tests.processor.bench import House
from tests.processor.desk import NO, Desk

def test_replay_of_erased_letter(house: House) -> None:
    house.far.answers["A"].append(NO)
    event = house.post("A", "Jane Doe")
    house.run()
    erase(house, "A")
    d = Desk(house); d.ask("replay", event); d.carry_out()
    house.run()
    print("STATE", house.state(event), house.rows("SELECT reason,message,state,error_class FROM dead_letter"), house.far.effects, house.rows("select result from operator_request"))
    assert 0

def test_bodies_of_late_end(house: House) -> None:
    house.far.answers["A"].append(NO)
    e = house.post("A", "Jane Doe")
    applied(house, 3)
    house.run()
    house.pipe.clock.advance(181 * DAY)
    prune(house, keeper(house))
    d = Desk(house); d.ask("discard", e); d.carry_out()
    house.run()
    assert house.state(e) == "discarded"
    house.pipe.clock.advance(200 * DAY)
    applied(house, 1)
    prune(house, keeper(house))
    prune(house, keeper(house))
    print("ROWS", house.rows("SELECT p.event_id, length(body) b, erased_at, i.state, i.ended_at FROM payload p join inbox i on i.id=p.event_id"), house.rows("select * from counter"))
    assert 0
