"""Flows that several tests call."""

MENU = """\
flow main:
    on failed -> lost

start:
    menu choice:
        say "For sales, press 1. For the weather, press 2. For extension 21, press 21."
        when 1, "sales" -> sales
        when 2 -> weather
        when 21 -> extension
        on noinput:
            say "I did not hear anything."
        on nomatch:
            say "That is not a choice."

sales:
    say "Sales."
    hangup

weather:
    say "It is sunny."
    hangup

extension:
    say "Extension twenty-one."
    hangup

lost:
    say "Goodbye."
    hangup
"""

GATHER = """\
flow main:
    on failed -> lost

start:
    gather account digits=4..6 finish="#":
        say "Your account?"
        on nomatch:
            say "Four to six digits, please."
    menu:
        say "Account {{ account | digits }}. To go on, press 1."
        when 1 -> end

end:
    say "Done."
    hangup

lost:
    hangup
"""

RECORD = """\
flow main:
    on hangup:
        log "left"

start:
    record message max=10s silence=4s finish="#" transcribe=true:
        say "Speak after the tone."
        on empty:
            say "Nothing was recorded."
            hangup
    sms "+15551239999" "{{ message.duration }} s: {{ message.text }}"
    say "Thank you."
    hangup
"""

TRANSFER = """\
flow main

start:
    transfer ["+15551230001", "+15551230002"] timeout=20s:
        on busy:
            say "They are busy."
    say "Nobody was there."
    hangup
"""

QUEUE = """\
flow main

start:
    queue "support" timeout=50s:
        say "You are number {{ queue.position }}, after {{ queue.waited }} seconds."
        on press 1:
            say "Leaving the queue."
            hangup
    say "Nobody came."
    hangup
"""

CONFERENCE = """\
flow main:
    on hangup:
        log "left"

start:
    conference "weekly":
        on full:
            say "The room is full."
            hangup
    say "The meeting is over."
    hangup
"""

FETCH = """\
flow main:
    on failed -> lost

start:
    say "One moment."
    fetch order "https://shop.example/orders/{{ call.from }}" timeout=2s retries=1:
        on 404:
            say "You have no order."
            hangup
    say "Your order is {{ order.state }}."
    hangup

lost:
    say "Our computer does not answer."
    hangup
"""
