"""Every route as every kind of person: one table, to be read beside the design."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from parley.kernel import db
from parley.members.models import Membership
from parley.members.rules import ROUTES
from parley.moderation import actions as moderation
from parley.threads.models import Draft, Post
from parley.threads.own_posts import remove_post
from parley.web.permissions import permission_of
from tests.conftest import NOON, Client, everything, forget_pages
from tests.factories import PASSWORD, make_member
from tests.threads import factories as f
from tests.web.scene import PEOPLE, Scene, text

# What each person gets. `in`: sent to the sign-in page. `ok`: done, and led on to another page.
# The threads are the author's, about the company of `ours` (a responder) and `manager`; `other`
# answers for another company and never paid. Drafts, files, sessions and the like are the
# author's. What a form sends is in FORMS.
TABLE = """
                                                         vis acc mem lap adv our man oth ste aut
GET  /                                                   200 200 200 200 200 200 200 200 200 200
GET  /.well-known/jwks.json                              200 200 200 200 200 200 200 200 200 200
GET  /account                                            in  200 200 200 200 200 200 200 200 200
POST /account                                            in  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /account/appointments                               in  200 200 200 200 200 200 200 200 200
POST /account/appointments/<id:appointment_id>/accept    in  404 404 404 404 404 404 404 404 ok
POST /account/appointments/<id:appointment_id>/decline   in  404 404 404 404 404 404 404 404 ok
POST /account/appointments/<id:appointment_id>/mail      in  404 404 404 404 404 404 404 404 ok
GET  /account/archive                                    in  200 200 200 200 200 200 200 200 200
POST /account/archive                                    in  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /account/archive/<secret:archive_id>/file           in  404 404 404 404 404 404 404 404 200
GET  /account/documents/<secret:document_id>             in  404 404 404 404 404 404 404 404 200
GET  /account/documents/<secret:document_id>/file        in  404 404 404 404 404 404 404 404 200
POST /account/documents/<secret:document_id>/removal     in  404 404 404 404 404 404 404 404 ok
GET  /account/drafts                                     in  200 200 200 200 200 200 200 200 200
POST /account/drafts/<secret:draft_id>/removal           in  404 404 404 404 404 404 404 404 ok
GET  /account/email                                      in  200 200 200 200 200 200 200 200 200
POST /account/email                                      in  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /account/email/<secret:token>                       200 200 200 200 200 200 200 200 200 200
POST /account/email/<secret:token>                       ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /account/import                                     in  200 200 200 200 200 200 200 200 200
POST /account/import                                     in  422 422 422 422 422 422 422 422 422
POST /account/import/<secret:bringing_id>/confirmation   in  404 404 404 404 404 404 404 404 ok
POST /account/import/<secret:bringing_id>/removal        in  404 404 404 404 404 404 404 404 ok
GET  /account/leave                                      in  200 200 200 200 200 200 200 200 200
POST /account/leave                                      in  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /account/membership                                 in  200 200 200 200 200 200 200 200 200
POST /account/membership/cancellation                    in  409 ok  409 ok  409 409 409 ok  ok
POST /account/membership/card                            in  404 404 404 404 404 404 404 404 404
GET  /account/membership/gifts                           in  200 200 200 200 200 200 200 200 200
POST /account/membership/gifts                           in  ok  ok  ok  ok  409 409 409 ok  ok
GET  /account/membership/gifts/<secret:gift_id>          in  404 404 404 404 404 404 404 404 200
POST /account/membership/gifts/<secret:gift_id>          in  404 404 404 404 404 404 404 404 ok
POST /account/membership/gifts/<secret:gift_id>/card     in  404 404 404 404 404 404 404 404 404
POST /account/membership/gifts/<secret:gift_id>/removal  in  404 404 404 404 404 404 404 404 ok
POST /account/membership/place                           in  ok  409 ok  409 ok  ok  ok  409 409
POST /account/membership/plan                            in  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /account/membership/receipts/<secret:payment_id>    in  404 404 404 404 404 404 404 404 200
POST /account/membership/resumption                      in  409 ok  409 ok  409 409 409 ok  ok
GET  /account/membership/years/<int:year>                in  404 404 404 404 404 404 404 404 200
GET  /account/password                                   in  200 200 200 200 200 200 200 200 200
POST /account/password                                   in  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /account/people                                     in  200 200 200 200 200 200 200 200 200
GET  /account/reset                                      200 200 200 200 200 200 200 200 200 200
POST /account/reset                                      ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /account/reset/<secret:token>                       200 200 200 200 200 200 200 200 200 200
POST /account/reset/<secret:token>                       in  in  in  in  in  in  in  in  in  in
GET  /account/reset/sent                                 200 200 200 200 200 200 200 200 200 200
GET  /account/restored                                   in  200 200 200 200 200 200 200 200 200
GET  /account/sessions                                   in  200 200 200 200 200 200 200 200 200
POST /account/sessions/<secret:session_id>/end           in  404 404 404 404 404 404 404 404 ok
POST /account/sessions/end-others                        in  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /account/sign-ins                                   in  200 200 200 200 200 200 200 200 200
POST /account/sign-ins/<secret:identity_id>/unlink       in  404 404 404 404 404 404 404 404 ok
GET  /briefings/<id:briefing_id>/moderate                404 404 404 404 404 404 404 404 200 404
POST /briefings/<id:briefing_id>/moderate                404 404 404 404 404 404 404 404 ok  404
GET  /briefings/<id:briefing_id>/report                  in  200 200 200 200 200 200 200 200 200
POST /briefings/<id:briefing_id>/report                  in  ok  ok  ok  ok  ok  409 ok  ok  409
GET  /desk                                               in  404 404 404 404 ok  ok  ok  404 404
GET  /desk/<slug:slug>                                   in  404 404 404 404 200 200 404 404 404
GET  /desk/<slug:slug>/briefings                         in  404 404 404 404 404 200 404 404 404
POST /desk/<slug:slug>/briefings                         in  404 404 404 404 404 ok  404 404 404
GET  /desk/<slug:slug>/briefings/<id:briefing_id>        in  404 404 404 404 404 200 404 404 404
POST /desk/<slug:slug>/briefings/<id:briefing_id>        in  404 404 404 404 404 ok  404 404 404
POST /desk/<slug:slug>/briefings/<id:briefing_id>/removal in  404 404 404 404 404 ok  404 404 404
POST /desk/<slug:slug>/bulk                              in  404 404 404 404 422 422 404 404 404
GET  /desk/<slug:slug>/bulk/<secret:bulk_id>             in  404 404 404 404 404 200 404 404 404
POST /desk/<slug:slug>/bulk/<secret:bulk_id>/undo        in  404 404 404 404 404 ok  404 404 404
GET  /desk/<slug:slug>/day                               in  404 404 404 404 200 200 404 404 404
GET  /desk/<slug:slug>/keys                              in  404 404 404 404 200 200 404 404 404
POST /desk/<slug:slug>/next                              in  404 404 404 404 ok  ok  404 404 404
GET  /desk/<slug:slug>/notes/<secret:note_id>            in  404 404 404 404 404 200 404 404 404
POST /desk/<slug:slug>/notes/<secret:note_id>            in  404 404 404 404 404 ok  404 404 404
POST /desk/<slug:slug>/notes/<secret:note_id>/removal    in  404 404 404 404 404 ok  404 404 404
GET  /desk/<slug:slug>/replies                           in  404 404 404 404 200 200 404 404 404
POST /desk/<slug:slug>/replies                           in  404 404 404 404 404 ok  404 404 404
GET  /desk/<slug:slug>/replies/<secret:reply_id>         in  404 404 404 404 404 200 404 404 404
POST /desk/<slug:slug>/replies/<secret:reply_id>         in  404 404 404 404 404 ok  404 404 404
POST /desk/<slug:slug>/replies/<secret:reply_id>/removal in  404 404 404 404 404 ok  404 404 404
GET  /desk/<slug:slug>/threads/<id:thread_id>            in  404 404 404 404 200 200 404 404 404
POST /desk/<slug:slug>/threads/<id:thread_id>/answering  in  404 404 404 404 ok  ok  404 404 404
POST /desk/<slug:slug>/threads/<id:thread_id>/assignee   in  404 404 404 404 ok  ok  404 404 404
POST /desk/<slug:slug>/threads/<id:thread_id>/notes      in  404 404 404 404 ok  ok  404 404 404
POST /desk/<slug:slug>/threads/<id:thread_id>/posts      in  404 404 404 404 ok  ok  404 404 404
GET  /feed                                               in  200 200 200 200 200 200 200 200 200
GET  /files/<secret:file_id>/<name>                      200 200 200 200 200 200 200 200 200 200
GET  /healthz                                            200 200 200 200 200 200 200 200 200 200
GET  /help                                               200 200 200 200 200 200 200 200 200 200
GET  /invitations/<secret:token>                         200 200 200 200 200 200 200 200 200 200
POST /invitations/<secret:token>                         in  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /join                                               200 200 200 200 200 200 200 200 200 200
POST /join                                               in  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /left/<secret:leaving_id>                           200 200 200 200 200 200 200 200 200 200
GET  /left/<secret:leaving_id>/certificate.json          200 200 200 200 200 200 200 200 200 200
GET  /left/<secret:leaving_id>/certificate.json.jws      200 200 200 200 200 200 200 200 200 200
GET  /members/<handle:handle>                            200 200 200 200 200 200 200 200 200 200
POST /members/<handle:handle>/block                      in  ok  ok  ok  ok  ok  ok  ok  ok  ok
POST /members/<handle:handle>/clear                      in  ok  ok  ok  ok  ok  ok  ok  ok  ok
POST /members/<handle:handle>/mute                       in  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /members/<handle:handle>/restored                   200 200 200 200 200 200 200 200 200 200
GET  /moderation                                         404 404 404 404 404 404 404 404 200 404
POST /moderation/briefings/reports/<secret:report_id>    404 404 404 404 404 404 404 404 ok  404
GET  /moderation/contacts                                404 404 404 404 404 404 404 404 200 404
POST /moderation/contacts/<secret:contact_id>            404 404 404 404 404 404 404 404 ok  404
GET  /moderation/log                                     200 200 200 200 200 200 200 200 200 200
POST /moderation/problems/reports/<secret:report_id>     404 404 404 404 404 404 404 404 ok  404
POST /moderation/reports/<secret:report_id>              404 404 404 404 404 404 404 404 ok  404
GET  /moderation/restored                                404 404 404 404 404 404 404 404 200 404
POST /moderation/restored/<secret:report_id>             404 404 404 404 404 404 404 404 ok  404
POST /moderation/restored/<secret:report_id>/lifting     404 404 404 404 404 404 404 404 409 404
GET  /moderation/restored/log                            200 200 200 200 200 200 200 200 200 200
GET  /moderation/vendors                                 404 404 404 404 404 404 404 404 200 404
POST /moderation/vendors/disputes/<id:dispute_id>        404 404 404 404 404 404 404 404 ok  404
GET  /moderation/vendors/log                             200 200 200 200 200 200 200 200 200 200
POST /moderation/vendors/merge                           404 404 404 404 404 404 404 404 ok  404
GET  /no-mail/<secret:token>                             200 200 200 200 200 200 200 200 200 200
POST /no-mail/<secret:token>                             200 200 200 200 200 200 200 200 200 200
GET  /notices                                            in  200 200 200 200 200 200 200 200 200
POST /notices/read                                       in  ok  ok  ok  ok  ok  ok  ok  ok  ok
POST /outside/<id:contact_id>/confirmation               in  404 404 404 404 ok  ok  404 404 404
POST /outside/<id:contact_id>/removal                    in  404 404 404 404 ok  ok  404 404 ok
GET  /pages/<slug:page_name>                             404 404 404 404 404 404 404 404 404 404
GET  /posts/<id:post_id>/edit                            in  404 404 404 404 404 404 404 404 200
POST /posts/<id:post_id>/edit                            in  404 404 404 404 404 404 404 404 ok
POST /posts/<id:post_id>/helped                          in  409 409 409 409 409 409 409 409 ok
POST /posts/<id:post_id>/helped/undo                     in  409 409 409 409 409 409 409 409 ok
GET  /posts/<id:post_id>/history                         200 200 200 200 200 200 200 200 200 200
GET  /posts/<id:post_id>/removal                         in  404 404 404 404 404 404 404 404 200
POST /posts/<id:post_id>/removal                         in  404 404 404 404 404 404 404 404 ok
GET  /posts/<id:post_id>/report                          in  200 200 200 200 200 200 200 200 200
POST /posts/<id:post_id>/report                          in  ok  ok  ok  ok  ok  ok  ok  ok  409
POST /posts/<id:post_id>/thanks                          in  409 409 409 409 409 409 409 409 ok
POST /posts/<id:post_id>/thanks/undo                     in  404 404 404 404 404 404 404 404 ok
GET  /problems/<id:problem_id>                           200 200 200 200 200 200 200 200 200 200
POST /problems/<id:problem_id>/follow                    in  403 ok  403 ok  409 409 403 ok  ok
POST /problems/<id:problem_id>/links                     in  403 ok  403 ok  ok  ok  403 ok  ok
POST /problems/<id:problem_id>/links/all                 in  404 404 404 404 ok  ok  404 404 404
POST /problems/<id:problem_id>/links/<id:link_id>        in  404 404 404 404 ok  ok  404 404 ok
GET  /problems/<id:problem_id>/moderate                  404 404 404 404 404 404 404 404 200 404
POST /problems/<id:problem_id>/moderate                  404 404 404 404 404 404 404 404 ok  404
GET  /problems/<id:problem_id>/report                    in  200 200 200 200 200 200 200 200 200
POST /problems/<id:problem_id>/report                    in  ok  ok  ok  ok  ok  409 ok  ok  409
POST /problems/<id:problem_id>/state                     in  404 404 404 404 ok  ok  404 404 404
POST /problems/<id:problem_id>/unfollow                  in  ok  ok  ok  ok  ok  ok  ok  ok  ok
POST /problems/<id:problem_id>/updates                   in  404 404 404 404 ok  ok  404 404 404
POST /problems/<id:problem_id>/updates/<id:update_id>/rest in 404 404 404 404 ok ok 404 404 404
POST /problems/<id:problem_id>/votes                     in  409 409 409 409 409 409 409 409 ok
GET  /promises/<id:promise_id>                           ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /readyz                                             200 200 200 200 200 200 200 200 200 200
GET  /restored/<id:restored_id>                          404 404 404 404 404 404 404 404 404 200
POST /restored/<id:restored_id>/draft                    in  404 404 404 404 404 404 404 404 ok
POST /restored/<id:restored_id>/removal                  in  404 404 404 404 404 404 404 404 ok
GET  /restored/<id:restored_id>/report                   in  200 200 200 200 200 200 200 200 200
POST /restored/<id:restored_id>/report                   in  ok  ok  ok  ok  ok  ok  ok  ok  409
GET  /search                                             200 200 200 200 200 200 200 200 200 200
GET  /search/feed.atom                                   200 200 200 200 200 200 200 200 200 200
GET  /sign-in                                            200 ok  ok  ok  ok  ok  ok  ok  ok  ok
POST /sign-in                                            ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
POST /sign-in/oidc                                       404 404 404 404 404 404 404 404 404 404
GET  /sign-in/oidc/callback                              404 404 404 404 404 404 404 404 404 404
GET  /sign-in/oidc/newcomer                              404 404 404 404 404 404 404 404 404 404
POST /sign-in/oidc/newcomer                              in  in  in  in  in  in  in  in  in  in
POST /sign-out                                           ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /sign-up                                            200 200 200 200 200 200 200 200 200 200
POST /sign-up                                            ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /sign-up/confirm/<secret:token>                     200 200 200 200 200 200 200 200 200 200
POST /sign-up/confirm/<secret:token>                     ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  /sign-up/sent                                       200 200 200 200 200 200 200 200 200 200
GET  /static/<path:filename>                             200 200 200 200 200 200 200 200 200 200
GET  /threads                                            200 200 200 200 200 200 200 200 200 200
GET  /threads/<id:thread_id>                             200 200 200 200 200 200 200 200 200 200
POST /threads/<id:thread_id>/closing                     in  404 404 404 404 404 ok  404 404 404
POST /threads/<id:thread_id>/escalation                  in  404 404 404 404 404 404 404 404 409
GET  /threads/<id:thread_id>/feed.atom                   200 200 200 200 200 200 200 200 200 200
POST /threads/<id:thread_id>/follow                      in  ok  ok  ok  ok  ok  ok  ok  ok  ok
POST /threads/<id:thread_id>/idea-state                  in  404 404 404 404 ok  ok  404 404 404
POST /threads/<id:thread_id>/kind                        in  404 404 404 404 404 404 404 404 ok
GET  /threads/<id:thread_id>/letter                      in  404 404 404 404 404 404 404 404 404
POST /threads/<id:thread_id>/me-too                      in  403 ok  403 ok  409 409 403 ok  409
GET  /threads/<id:thread_id>/moderate                    404 404 404 404 404 404 404 404 200 404
POST /threads/<id:thread_id>/moderate                    404 404 404 404 404 404 404 404 ok  404
POST /threads/<id:thread_id>/outside                     in  404 404 404 404 ok  ok  404 404 ok
POST /threads/<id:thread_id>/posts                       in  403 ok  403 ok  ok  ok  403 ok  ok
GET  /threads/<id:thread_id>/problem                     in  200 200 200 200 200 200 200 200 200
POST /threads/<id:thread_id>/problem                     in  403 ok  403 ok  ok  ok  403 ok  ok
POST /threads/<id:thread_id>/reopening                   in  404 404 404 404 404 404 404 404 ok
POST /threads/<id:thread_id>/resolution                  in  404 404 404 404 404 404 404 404 ok
POST /threads/<id:thread_id>/unfollow                    in  ok  ok  ok  ok  ok  ok  ok  ok  ok
POST /threads/<id:thread_id>/withdrawal                  in  404 404 404 404 404 404 404 404 ok
GET  /threads/new                                        200 200 200 200 200 200 200 200 200 200
POST /threads/new                                        ok  ok  ok  403 ok  409 409 ok  ok  ok
GET  /treasurer                                           404 404 404 404 404 404 404 404 404 404
POST /treasurer/differences/<id:difference_id>/settlement 404 404 404 404 404 404 404 404 404 404
POST /treasurer/imports                                  404 404 404 404 404 404 404 404 404 404
GET  /treasurer/imports/<secret:import_id>               404 404 404 404 404 404 404 404 404 404
POST /treasurer/imports/<secret:import_id>/booking       404 404 404 404 404 404 404 404 404 404
POST /treasurer/payments                                 404 404 404 404 404 404 404 404 404 404
POST /treasurer/payments/<secret:payment_id>/refund      404 404 404 404 404 404 404 404 404 404
GET  /vendors                                            200 200 200 200 200 200 200 200 200 200
GET  /vendors/<slug:slug>                                200 200 200 200 200 200 200 200 200 200
GET  /vendors/<slug:slug>/advocate                       in  200 200 200 200 200 200 200 200 200
POST /vendors/<slug:slug>/advocate                       in  403 ok  403 ok  409 409 403 ok  ok
POST /vendors/<slug:slug>/advocate/withdraw              in  404 404 404 ok  404 404 404 404 404
GET  /vendors/<slug:slug>/advocates                      200 200 200 200 200 200 200 200 200 200
GET  /vendors/<slug:slug>/badge.svg                      200 200 200 200 200 200 200 200 200 200
GET  /vendors/<slug:slug>/claim                          in  200 200 200 200 200 200 200 200 200
POST /vendors/<slug:slug>/claim                          in  ok  ok  ok  ok  ok  ok  ok  ok  ok
POST /vendors/<slug:slug>/claim/check                    in  404 404 404 404 404 404 404 404 ok
POST /vendors/<slug:slug>/claim/release                  in  404 404 404 404 404 404 404 404 ok
GET  /vendors/<slug:slug>/contact                        in  200 200 200 200 200 200 200 200 200
POST /vendors/<slug:slug>/contact                        in  403 ok  403 ok  403 403 403 ok  ok
GET  /vendors/<slug:slug>/edit                           in  404 404 404 404 404 200 404 404 404
POST /vendors/<slug:slug>/edit                           in  404 404 404 404 404 ok  404 404 404
GET  /vendors/<slug:slug>/feed.atom                      200 200 200 200 200 200 200 200 200 200
POST /vendors/<slug:slug>/follow                         in  ok  ok  ok  ok  ok  ok  ok  ok  ok
POST /vendors/<slug:slug>/invitations/<secret:invitation_id> in  404 404 404 404 404 ok  404 404 404
GET  /vendors/<slug:slug>/people                         in  404 404 404 404 404 200 404 404 404
POST /vendors/<slug:slug>/people                         in  404 404 404 404 404 ok  404 404 404
GET  /vendors/<slug:slug>/people/<handle:handle>         200 200 200 200 200 200 200 200 200 200
POST /vendors/<slug:slug>/people/<handle:handle>         in  404 404 404 404 404 ok  404 404 404
POST /vendors/<slug:slug>/people/<handle:handle>/removal in  404 404 404 404 404 ok  404 404 404
GET  /vendors/<slug:slug>/problems                       200 200 200 200 200 200 200 200 200 200
GET  /vendors/<slug:slug>/problems/new                   in  200 200 200 200 200 200 200 200 200
POST /vendors/<slug:slug>/problems/new                   in  403 ok  403 ok  409 ok  403 ok  ok
GET  /vendors/<slug:slug>/promise                        200 200 200 200 200 200 200 200 200 200
GET  /vendors/<slug:slug>/promise/edit                   in  404 404 404 404 404 200 404 404 404
POST /vendors/<slug:slug>/promise/edit                   in  404 404 404 404 404 ok  404 404 404
POST /vendors/<slug:slug>/promise/preview                in  404 404 404 404 404 200 404 404 404
GET  /vendors/<slug:slug>/promise/publish                in  404 404 404 404 404 200 404 404 404
POST /vendors/<slug:slug>/promise/publish                in  404 404 404 404 404 ok  404 404 404
GET  /vendors/<slug:slug>/promise/versions/<int:number>  200 200 200 200 200 200 200 200 200 200
GET  /vendors/<slug:slug>/promise/withdraw               in  404 404 404 404 404 200 404 404 404
POST /vendors/<slug:slug>/promise/withdraw               in  404 404 404 404 404 ok  404 404 404
GET  /vendors/<slug:slug>/service-promise.json           200 200 200 200 200 200 200 200 200 200
GET  /vendors/<slug:slug>/scorecard                      200 200 200 200 200 200 200 200 200 200
GET  /vendors/<slug:slug>/scorecard.csv                  200 200 200 200 200 200 200 200 200 200
GET  /vendors/<slug:slug>/scorecard.json                 200 200 200 200 200 200 200 200 200 200
GET  /vendors/<slug:slug>/scorecard/comment              in  404 404 404 404 404 200 404 404 404
POST /vendors/<slug:slug>/scorecard/comment              in  404 404 404 404 404 ok  404 404 404
POST /vendors/<slug:slug>/unfollow                       in  ok  ok  ok  ok  ok  ok  ok  ok  ok
POST /webhooks/stripe                                    404 404 404 404 404 404 404 404 404 404
POST /webhooks/mail                                      404 404 404 404 404 404 404 404 404 404
"""

# What a form of a row sends besides its CSRF token, and where another thing than the one in
# PARAMS is meant.
FORMS: dict[str, dict[str, str | list[str]]] = {
    "/account": {"display_name": "Anna", "about": "", "time_zone": "UTC", "licence": "CC0-1.0"},
    "/restored/<id:restored_id>/report": {"reason": "spam"},
    "/moderation/restored/<secret:report_id>": {"decision": "hide"},
    "/account/email": {"email": "else@people.example", "password": PASSWORD},
    "/account/membership/gifts": {"to": "helper", "months": "3"},
    "/account/membership/plan": {"interval": "year", "amount": "50"},
    "/join": {"interval": "year", "amount": "50", "by": "transfer"},
    "/account/password": {"old_password": PASSWORD, "new_password": "another battery staple"},
    "/account/leave": {"words": "keep", "password": PASSWORD},
    "/account/reset": {"email": "author@people.example"},
    "/account/reset/<secret:token>": {"password": "another battery staple"},
    "/desk/<slug:slug>/briefings": {"title": "How to help", "body": "Ask for the bill."},
    "/desk/<slug:slug>/briefings/<id:briefing_id>": {"title": "How to help", "body": "Ask."},
    "/desk/<slug:slug>/bulk": {"act": "assign"},
    "/desk/<slug:slug>/notes/<secret:note_id>": {"note": "Look at the bill."},
    "/desk/<slug:slug>/replies": {"title": "Lids", "purpose": "answer", "body": "Dear {author}"},
    "/desk/<slug:slug>/replies/<secret:reply_id>": {"title": "Lids", "purpose": "answer",
                                                    "body": "Dear {author}"},
    "/desk/<slug:slug>/threads/<id:thread_id>/notes": {"note": "Look at the bill."},
    "/desk/<slug:slug>/threads/<id:thread_id>/posts": {"body": "Well.", "purpose": "answer",
                                                       "seen": "9"},
    "/moderation/contacts/<secret:contact_id>": {"decision": "refuse", "words": "No source."},
    "/briefings/<id:briefing_id>/moderate": {"act": "hide_briefing", "reason": "spam"},
    "/briefings/<id:briefing_id>/report": {"reason": "spam"},
    "/moderation/briefings/reports/<secret:report_id>": {"decision": "reject"},
    "/moderation/problems/reports/<secret:report_id>": {"decision": "reject"},
    "/moderation/reports/<secret:report_id>": {"decision": "reject"},
    "/moderation/vendors/disputes/<id:dispute_id>": {"decision": "reject", "words": "No."},
    "/moderation/vendors/merge": {"gone": "elsewhere", "into": "acme", "words": "One company."},
    "/posts/<id:post_id>/edit": {"body": "Something else."},
    "/posts/<id:post_id>/report": {"reason": "spam"},
    "/problems/<id:problem_id>/follow": {"as": "affected"},
    "/problems/<id:problem_id>/links": {"thread": "{waiting_thread}"},
    "/problems/<id:problem_id>/links/<id:link_id>": {"decision": "refuse"},
    "/problems/<id:problem_id>/moderate": {"act": "hide_problem", "reason": "spam"},
    "/problems/<id:problem_id>/report": {"reason": "spam"},
    "/problems/<id:problem_id>/state": {"to": "fix_planned", "planned_for": "2027-05-04"},
    "/problems/<id:problem_id>/updates": {"body": "New lids for all."},
    "/problems/<id:problem_id>/votes": {"works": "yes"},
    "/sign-in": {"email": "author@people.example", "password": PASSWORD},
    "/sign-up": {"email": "new@people.example", "handle": "newhere", "display_name": "New",
                 "password": PASSWORD, "time_zone": "UTC"},
    "/sign-up/confirm/<secret:token>": {"password": PASSWORD},
    "/threads/<id:thread_id>/closing": {"body": "We chose the blue one."},
    "/threads/<id:thread_id>/idea-state": {"idea_state": "planned"},
    "/threads/<id:thread_id>/kind": {"kind": "complaint"},
    "/threads/<id:thread_id>/me-too": {"word": "affected"},
    "/threads/<id:thread_id>/moderate": {"act": "lock", "reason": "threat"},
    "/threads/<id:thread_id>/outside": {"how": "call", "day": "2026-11-12",
                                        "outside_words": "They called."},
    "/threads/<id:thread_id>/posts": {"body": "Well.", "purpose": "answer", "side": "helping"},
    "/threads/<id:thread_id>/problem": {"problem": "{problem}"},
    "/threads/<id:thread_id>/reopening": {"body": "It is shut again."},
    "/threads/<id:thread_id>/resolution": {"solved_by": "vendor"},
    "/threads/new": {"kind": "question", "title": "Is it open?", "body": "On Monday?",
                     "vendor": "acme", "seen": "1"},
    "/vendors/<slug:slug>/advocate": {"ties": "customer"},
    "/vendors/<slug:slug>/claim": {"domain": "acme.example"},
    "/vendors/<slug:slug>/people": {"email": "new@people.example", "role": "responder"},
    "/vendors/<slug:slug>/people/<handle:handle>": {"role": "responder", "title": "Care"},
    "/vendors/<slug:slug>/promise/edit": {"revision": "3", "monday": "9:00–12:00"},
    "/vendors/<slug:slug>/promise/preview": {"monday": "9:00–25:00"},
    "/vendors/<slug:slug>/promise/publish": {"revision": "3"},
    "/vendors/<slug:slug>/promise/withdraw": {"words": "We close the shop."},
    "/vendors/<slug:slug>/contact": {"email": "help@quiet.example", "source": "Their website"},
    "/vendors/<slug:slug>/scorecard/comment": {"text": "We had a strike in March."},
    "/vendors/<slug:slug>/edit": {"about": "We make lids.", "category": "household"},
    "/vendors/<slug:slug>/problems/new": {
        "title": "Lids break in the cold", "body": "All of them.",
        "threads": ["{waiting_thread}", "{answered_thread}"]},
}
PARAMS = {
    "slug": "slug", "handle": "handle", "thread_id": "waiting_thread", "post_id": "reply_post",
    "document_id": "document", "bringing_id": "bringing", "restored_id": "restored",
    "draft_id": "draft", "archive_id": "archive", "session_id": "session", "file_id": "file",
    "gift_id": "gift", "payment_id": "payment", "import_id": "bank_import", "year": "year",
    "difference_id": "difference", "identity_id": "identity", "appointment_id": "appointment",
    "problem_id": "problem", "link_id": "problem_link", "update_id": "problem_update",
    "report_id": "report", "dispute_id": "dispute", "invitation_id": "invitation",
    "promise_id": "promise", "leaving_id": "left", "number": "version",
    "note_id": "desk_note", "reply_id": "desk_reply", "briefing_id": "briefing", "bulk_id": "bulk",
}
OTHERS = {
    "/restored/<id:restored_id>/report": {"restored_id": "restored_thread"},
    "/moderation/restored/<secret:report_id>": {"report_id": "restored_report"},
    "/moderation/restored/<secret:report_id>/lifting": {"report_id": "restored_report"},
    "/pages/<slug:page_name>": {"page_name": "quiet"},
    "/account/membership/gifts/<secret:gift_id>": {"gift_id": "gift_for_author"},
    "/moderation/contacts/<secret:contact_id>": {"contact_id": "address"},
    "/moderation/problems/reports/<secret:report_id>": {"report_id": "problem_report"},
    "/moderation/briefings/reports/<secret:report_id>": {"report_id": "briefing_report"},
    "/no-mail/<secret:token>": {"token": "no_mail"},
    "/outside/<id:contact_id>/confirmation": {"contact_id": "outside"},
    "/outside/<id:contact_id>/removal": {"contact_id": "outside"},
    "/problems/<id:problem_id>/votes": {"problem_id": "fixed_problem"},
    "/posts/<id:post_id>/thanks": {"post_id": "answer_post"},
    "/posts/<id:post_id>/thanks/undo": {"post_id": "answer_post"},
    "/vendors/<slug:slug>/contact": {"slug": "quiet"},
    "/invitations/<secret:token>": {"token": "invited"},
    "/vendors/<slug:slug>/people/<handle:handle>": {"handle": "ours"},
    "/vendors/<slug:slug>/people/<handle:handle>/removal": {"handle": "ours"},
    "/account/email/<secret:token>": {"token": "email"},
    "/account/reset/<secret:token>": {"token": "reset"},
    "/sign-up/confirm/<secret:token>": {"token": "signup"},
    "/posts/<id:post_id>/edit": {"post_id": "note_post"},
    "/posts/<id:post_id>/removal": {"post_id": "note_post"},
    "/threads/<id:thread_id>/closing": {"thread_id": "consultation_thread"},
    "/threads/<id:thread_id>/idea-state": {"thread_id": "idea_thread"},
    "/threads/<id:thread_id>/reopening": {"thread_id": "closed_thread"},
    "/threads/<id:thread_id>/resolution": {"thread_id": "answered_thread"},
}


def rows() -> list[tuple[str, str, list[str]]]:
    lines = [line.split() for line in TABLE.strip().splitlines()[1:]]
    return [(method, rule, cells) for method, rule, *cells in lines]


def routes(app: Flask) -> set[tuple[str, str]]:
    return {(method, str(rule)) for rule in app.url_map.iter_rules()
            for method in rule.methods - {"HEAD", "OPTIONS"}}


def address(app: Flask, rule: str, scene: Scene) -> str:
    which = PARAMS | OTHERS.get(rule, {})
    found = next(r for r in app.url_map.iter_rules() if str(r) == rule)
    values = {name: scene.ids[which[name]] for name in found.arguments - {"name", "filename"}}
    values |= {"name": "bill.pdf"} if "name" in found.arguments else {}
    values |= {"filename": "css/parley.css"} if "filename" in found.arguments else {}
    _, path = found.build(values, append_unknown=False)
    return path


def form_of(rule: str, scene: Scene) -> dict[str, str | list[str]]:
    """What a form sends, with ids of the scene where it names one."""
    def filled(value: str | list[str]) -> str | list[str]:
        if isinstance(value, list):
            return [scene.ids[one.strip("{}")] for one in value]
        return scene.ids[value.strip("{}")] if value.startswith("{") else value

    return {name: filled(value) for name, value in FORMS.get(rule, {}).items()}


def outcome(response) -> str:
    if response.status_code not in (302, 303):
        return str(response.status_code)
    return "in" if response.location.startswith("/sign-in") else "ok"


def test_the_table_names_every_route(built):
    named = [(method, rule) for method, rule, _ in rows()]
    assert len(named) == len(set(named))
    assert set(named) == routes(built)
    assert all(len(cells) == len(PEOPLE) for _, _, cells in rows())


def test_every_route_declares_a_known_permission(built):
    undeclared = {endpoint: permission_of(view) for endpoint, view in built.view_functions.items()
                  if endpoint != "static" and permission_of(view) not in ROUTES}
    assert not undeclared


@everything
@pytest.mark.parametrize("who", PEOPLE)
def test_every_route(app, client_of, scene, who):
    person, column, wrong = scene.people[who], PEOPLE.index(who), []
    first = client_of(person) if person else app.test_client()
    for method, rule, cells in rows():
        with db.database.atomic() as undone:
            forget_pages(app)
            browser, path = first.twin(), address(app, rule, scene)
            sent = browser.get(path) if method == "GET" else browser.post_form(
                path, form_of(rule, scene))
            if outcome(sent) != cells[column]:
                wrong.append(f"{method} {rule}: {outcome(sent)}, not {cells[column]}")
            sent.close()
            undone.rollback()
    assert not wrong, "\n".join(wrong)


# What depends on more than the person


@pytest.mark.parametrize("standing", ["account", "lapsed"])
def test_those_who_do_not_pay_finish_what_they_began(scene, client_of, standing):
    """All of a thread's steps are open to its author, whatever their standing."""
    person = make_member()
    thread = f.open_thread(person, scene.vendor)
    Membership.delete().where(Membership.account == person.id).execute()
    if standing == "lapsed":
        Membership.create(account=person, since=NOON - timedelta(400),
                          paid_until=NOON - timedelta(100))
    f.answer(thread, by=scene.people["ours"])
    helping = f.help_with(thread, scene.people["advocate"])
    browser, page = client_of(person), f"/threads/{thread.id}"
    opening = Post.get(Post.thread == thread.id, Post.number == 1)
    for path, form in (
        (f"{page}/posts", {"body": "Just a note.", "then": "note"}),
        (f"{page}/posts", {"body": "Not yet.", "then": "give_back"}),
        (f"/posts/{helping.id}/helped", {}),
        (f"{page}/resolution", {"solved_by": "myself"}),
        (f"{page}/reopening", {"body": "It came back."}),
        (f"/posts/{opening.id}/edit", {"body": "Where is it now?"}),
        (f"{page}/withdrawal", {}),
    ):
        assert outcome(browser.post_form(path, form)) == "ok", path
    again = {"kind": "idea", "title": "Another one", "body": "And more", "vendor": "acme",
             "seen": "1"}
    assert outcome(browser.post_form("/threads/new", again)) == "403"


def hidden(scene: Scene) -> dict[str, str]:
    """Addresses that lead to a thread a steward hid, or to its posts and files."""
    moderation.hide_thread(scene.threads["waiting"].id, scene.people["steward"], "unlawful")
    thread, ids = f"/threads/{scene.ids['waiting_thread']}", scene.ids
    return {
        "page": thread, "quote": f"{thread}?quote=1", "feed": f"{thread}/feed.atom",
        "history": f"/posts/{ids['note_post']}/history",
        "history of another": f"/posts/{ids['reply_post']}/history",
        "file": f"/files/{ids['file']}/bill.pdf",
    }


def browsers(app: Flask, scene: Scene, but: tuple[str, ...] = ()) -> Iterator[tuple[str, Client]]:
    """Each kind of person with their browser; no page is kept from one to the next."""
    for who, person in scene.people.items():
        forget_pages(app)
        browser = app.test_client()
        if who not in but:
            yield who, browser.sign_in(person) if person else browser


INSIDERS = ("author", "steward")


def test_a_hidden_thread_is_there_for_its_author_and_stewards_only(app, scene):
    addresses, title = hidden(scene), "Where is parcel 7?"
    for who, browser in browsers(app, scene):
        for name, path in addresses.items():
            with browser.get(path) as sent:
                assert sent.status_code == (200 if who in INSIDERS else 404), (who, name)
        for path in ("/", "/threads", "/search?q=parcel", "/search/feed.atom?q=parcel",
                     "/vendors/acme", "/vendors/acme/feed.atom", "/members/author", "/feed",
                     "/notices"):
            assert title not in text(browser.get(path)), (who, path)


def test_nobody_writes_in_a_hidden_thread_of_another(app, scene):
    hidden(scene)
    page, posts = f"/threads/{scene.ids['waiting_thread']}", Post.select().count()
    steps = {"posts": {"body": "Hello", "purpose": "update", "side": "helping"},
             "me-too": {"word": "affected"}, "resolution": {"solved_by": "vendor"},
             "reopening": {"body": "Again"}, "withdrawal": {}, "escalation": {},
             "kind": {"kind": "idea"}, "follow": {}, "unfollow": {}}
    for who, browser in browsers(app, scene, but=("visitor", *INSIDERS)):
        for step, form in steps.items():
            sent = browser.post_form(f"{page}/{step}", form)
            assert sent.status_code == 404, (who, step)
        assert browser.get(f"/posts/{scene.ids['reply_post']}/report").status_code == 404
    assert Post.select().count() == posts


def test_a_hidden_post_is_there_for_its_author_and_stewards_only(app, scene):
    post, page = scene.posts["note"], f"/threads/{scene.ids['waiting_thread']}"
    moderation.hide_post(post.id, scene.people["steward"], "spam")
    for who, browser in browsers(app, scene):
        insider = who in INSIDERS
        assert ("I did look." in text(browser.get(page))) is insider, who
        assert "&gt; I did look." not in text(browser.get(f"{page}?quote={post.number}")), who
        assert "I did look." not in text(browser.get(f"{page}/feed.atom")), who
        for path in (f"/posts/{post.id}/history", f"/files/{scene.ids['file']}/bill.pdf"):
            with browser.get(path) as sent:
                assert sent.status_code == (200 if insider else 404), (who, path)


def test_a_removed_post_is_there_for_nobody(app, scene):
    remove_post(scene.author, scene.posts["note"].id)
    page, ids = f"/threads/{scene.ids['waiting_thread']}", scene.ids
    for who, browser in browsers(app, scene):
        for path in (page, f"{page}?quote=3", f"{page}/feed.atom"):
            assert "I did look." not in text(browser.get(path)), (who, path)
        for path in (f"/posts/{ids['note_post']}/history", f"/posts/{ids['note_post']}/edit",
                     f"/files/{ids['file']}/bill.pdf"):
            sent = outcome(browser.get(path))
            assert sent == ("in" if who == "visitor" and "edit" in path else "404"), (who, path)


def test_drafts_of_others_open_nowhere(app, scene):
    draft, thread = scene.ids["draft"], f"/threads/{scene.ids['waiting_thread']}"
    for who, browser in browsers(app, scene, but=("author",)):
        assert browser.get(f"/threads/new?draft={draft}").status_code == 404, who
        assert "Half a thought" not in text(browser.get(f"{thread}?draft={draft}")), who
        kept = browser.post_form("/threads/new", {"do": "draft", "draft": draft, "body": "Mine"})
        if who != "visitor":  # who is given a draft of their own
            assert kept.status_code == 404, who
            assert "Mine" in text(kept), who
    assert Draft.get_by_id(draft).fields["body"] == "Half a thought"


def test_what_is_the_authors_shows_on_no_page_of_others(app, scene):
    """Sessions, sign-ins, appointments, archives, drafts and notices are listed to their owner."""
    pages = ("/account/sessions", "/account/sign-ins", "/account/appointments",
             "/account/archive", "/account/drafts", "/notices")
    own = [scene.ids[name] for name in ("session", "identity", "appointment", "archive", "draft")]
    for _, browser in browsers(app, scene, but=("visitor", "author")):
        shown = "".join(text(browser.get(path)) for path in pages)
        assert not [one for one in own if one in shown]
    mine = app.test_client().sign_in(scene.author)
    shown = "".join(text(mine.get(path)) for path in pages)
    assert [one for one in own if one in shown] == own


def test_the_mailbox_of_the_demo_is_not_there_otherwise(client):
    assert client.get("/demo/mailbox").status_code == 404
