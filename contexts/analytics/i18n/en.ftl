analytics-nav = Dashboard
analytics-title = Dashboard
analytics-create-campaign = Create campaign
analytics-span = Span of time
analytics-days = { $count } days

# --- What needs you
analytics-needs-you = What needs you
analytics-all-well = Nothing needs you right now.
analytics-all-well-mark = All well
analytics-severity-error = Urgent
analytics-severity-warning = Soon
analytics-severity-info = Worth knowing
analytics-look = Take a look

# --- Figures
analytics-sent = Sent
analytics-opened = Opened
analytics-clicked = Clicked
analytics-unsubscribed = Unsubscribed
analytics-of-sent = { $share } of what was sent
analytics-same = unchanged
analytics-curve = Opens and clicks
analytics-curve-help = People who opened or clicked a mail for the first time, by day
analytics-curve-day = Day

# --- Campaigns
analytics-open = Open
analytics-open-named = Open { $name }
analytics-recent = Recent campaigns
analytics-all-campaigns = All campaigns
analytics-column-campaign = Campaign
analytics-column-state = State
analytics-column-launched = Launched
analytics-state-running = Sending
analytics-state-paused = Paused
analytics-state-completed = Sent
analytics-state-cancelled = Cancelled

# --- First steps
analytics-first-steps = Your first campaign
analytics-first-steps-help = Four steps to the first mail. Until you go live, all mail lands in the built-in inbox, so you can try everything.
analytics-step-done = Done
analytics-step-to-do = To do
analytics-step-contacts = Bring your contacts
analytics-step-contacts-help = Import a CSV file, or add people one by one.
analytics-step-contacts-do = Import contacts
analytics-step-segment = Make a segment
analytics-step-segment-help = A segment is everybody who fits a rule, and stays up to date by itself.
analytics-step-segment-do = Make a segment
analytics-step-template = Write a mail
analytics-step-template-help = Start from a template that looks right everywhere, and see it as your contacts will.
analytics-step-template-do = Write a mail
analytics-step-campaign = Send a campaign
analytics-step-campaign-help = Choose a segment and a mail, and see how many people get it before you send it.
analytics-step-campaign-do = Create a campaign

# --- Growth
analytics-growth = New contacts
analytics-growth-count = { $count ->
    [0] Nobody came in this time.
    [one] 1 person came in this time.
   *[other] { $number } people came in this time.
}
analytics-all-contacts = All contacts
analytics-source-import = Import
analytics-source-api = API
analytics-source-manual = Added by hand
analytics-source-demo = Demonstration

analytics-error-days = Ask for 1 to 366 days.
analytics-error-span = Choose 7, 30 or 90 days.
