from parley.problems import actions, answering, linking
from parley.problems.actions import NewProblem
from parley.problems.models import Problem, ProblemLink
from tests.factories import make_manager, make_member, make_vendor
from tests.threads import factories as f

def test_it(app, travel, client_of, client):
    vendor = make_vendor(); manager = make_manager(vendor)
    threads = [f.open_thread(vendor=vendor) for _ in range(3)]
    m = make_member()
    p = actions.open_problem(m, vendor, NewProblem("Lids break", "They do.", tuple(t.id for t in threads[:2])))
    print(client.get(f"/problems/{p.id}").get_data(as_text=True)[:200])
    actions.move(manager, p.id, "acknowledged")
    for row in ProblemLink.select(): linking.accept(manager, row.id)
    linking.link(manager, p.id, threads[2].id)
    q = Problem.get_by_id(p.id); assert (q.linked, q.affected) == (3, 3), (q.linked, q.affected)
    print(q.weeks)
    u = answering.publish(manager, p.id, "All new lids.", "k")
    assert u.answered == 3
    actions.move(manager, p.id, "fixed", "New lids")
    for t in threads[:2]: actions.vote(t.author, p.id, True)
    assert Problem.get_by_id(p.id).state == "fixed"
    actions.vote(threads[2].author, p.id, True)
    assert Problem.get_by_id(p.id).state == "confirmed"
    row = ProblemLink.get(ProblemLink.thread == threads[0].id)
    for who in (manager, threads[0].author, m):
        b = client_of(who)
        for path in (f"/problems/{p.id}", f"/threads/{threads[0].id}", f"/vendors/{vendor.slug}", f"/vendors/{vendor.slug}/problems", f"/vendors/{vendor.slug}/problems/new?thread={threads[0].id}", f"/threads/{threads[0].id}/problem", "/notices"):
            r = b.get(path); assert r.status_code == 200, path
    assert client.get(f"/problems/{p.id}").status_code == 200
    linking.not_mine(threads[0].author, row.id)
    assert f.now(threads[0]).status == "awaiting_vendor"
