### The visual editor of mails, previews of it, and checks that look beyond the template.

## Two editors

delivery-visual-open = Visual editor
delivery-visual-code = Code editor
delivery-visual-refused = The visual editor would change this mail
delivery-visual-refused-help = Nothing was changed. Edit it as code, or write these places so that the visual editor can keep them.
delivery-visual-loss-in-tag = Line { $line }: { $detail } stands inside a tag
delivery-visual-loss-twice = Line { $line }: the attribute { $detail } is there twice
delivery-visual-loss-unclosed = Line { $line }: { $detail } does not end
delivery-visual-loss-closes = Line { $line }: { $detail } ends where it did not begin
delivery-visual-loss-text = Line { $line }: text stands between elements: { $detail }
delivery-visual-loss-element = Line { $line }: the element { $detail } is not known there
delivery-visual-loss-program = Line { $line }: { $detail } is not carried inside text
delivery-visual-loss-no-body = There is no mj-body
delivery-visual-loss-lost = Line { $line }: this would not stay as it is: { $detail }
delivery-visual-loss-entity = Line { $line }: write the sign itself, or its number, in place of { $detail }
delivery-visual-loss-html = The visual editor opens mails that are written in MJML

## The tools

delivery-visual-tools = Tools
delivery-visual-undo = Undo
delivery-visual-redo = Redo
delivery-visual-width = Width
delivery-visual-desktop = Desktop
delivery-visual-tablet = Tablet, 600 px
delivery-visual-phone = Phone, 375 px
delivery-visual-bold = Bold
delivery-visual-italic = Italic
delivery-visual-underline = Underlined
delivery-visual-link = Link
delivery-visual-unlink = Remove link
delivery-visual-insert-field = Insert a field
delivery-visual-blocks = Blocks
delivery-visual-outline = Outline
delivery-visual-narrow = The screen is too narrow for the canvas. Change the texts here; the preview is below.
delivery-visual-canvas = The mail
delivery-visual-selected = Selected element
delivery-visual-unset = Default
delivery-visual-source = Source
delivery-visual-carried = The visual editor keeps this as it is. Change it in the code editor.
delivery-visual-edit-text = Edit text
delivery-visual-up = Move up
delivery-visual-down = Move down
delivery-visual-duplicate = Duplicate
delivery-visual-remove = Remove

## Blocks

delivery-visual-block-section = Section
delivery-visual-block-columns-1 = 1 column
delivery-visual-block-columns-2 = 2 columns
delivery-visual-block-columns-3 = 3 columns
delivery-visual-block-text = Text
delivery-visual-block-button = Button
delivery-visual-block-image = Image
delivery-visual-block-divider = Divider
delivery-visual-block-spacer = Spacer
delivery-visual-block-social = Social
delivery-visual-block-hero = Hero
delivery-visual-block-raw = HTML
delivery-visual-new-text = Write something here
delivery-visual-new-button = Button
delivery-visual-new-heading = A headline

## Elements

delivery-visual-name-mj-body = Mail
delivery-visual-name-mj-wrapper = Wrapper
delivery-visual-name-mj-section = Section
delivery-visual-name-mj-group = Group
delivery-visual-name-mj-column = Column
delivery-visual-name-mj-hero = Hero
delivery-visual-name-mj-social = Social links
delivery-visual-name-mj-text = Text
delivery-visual-name-mj-button = Button
delivery-visual-name-mj-social-element = Social link
delivery-visual-name-mj-image = Image
delivery-visual-name-mj-divider = Divider
delivery-visual-name-mj-spacer = Spacer
delivery-visual-name-jinja = Logic
delivery-visual-name-note = Comment
delivery-visual-name-sealed = Source

## Settings of elements

delivery-visual-field-align = Alignment
delivery-visual-field-alt = Alternative text
delivery-visual-field-background-color = Background
delivery-visual-field-background-url = Background image
delivery-visual-field-border-color = Colour
delivery-visual-field-border-radius = Corners
delivery-visual-field-border-style = Line
delivery-visual-field-border-width = Thickness
delivery-visual-field-color = Text colour
delivery-visual-field-container-background-color = Background
delivery-visual-field-font-size = Text size
delivery-visual-field-font-weight = Weight
delivery-visual-field-full-width = Width
delivery-visual-field-height = Height
delivery-visual-field-href = Link
delivery-visual-field-icon-size = Icon size
delivery-visual-field-inner-padding = Inner space
delivery-visual-field-line-height = Line height
delivery-visual-field-mode = Arrangement
delivery-visual-field-name = Network
delivery-visual-field-padding = Space around
delivery-visual-field-src = Image address
delivery-visual-field-vertical-align = Vertical alignment
delivery-visual-field-width = Width
delivery-visual-value-left = Left
delivery-visual-value-center = Centre
delivery-visual-value-right = Right
delivery-visual-value-top = Top
delivery-visual-value-middle = Middle
delivery-visual-value-bottom = Bottom
delivery-visual-value-400 = Regular
delivery-visual-value-600 = Semibold
delivery-visual-value-700 = Bold
delivery-visual-value-solid = Solid
delivery-visual-value-dashed = Dashed
delivery-visual-value-dotted = Dotted
delivery-visual-value-full-width = The whole width
delivery-visual-value-fluid-height = As high as its content
delivery-visual-value-fixed-height = Fixed height
delivery-visual-value-horizontal = Side by side
delivery-visual-value-vertical = One below the other
delivery-visual-value-facebook-noshare = Facebook
delivery-visual-value-instagram = Instagram
delivery-visual-value-linkedin-noshare = LinkedIn
delivery-visual-value-x-noshare = X
delivery-visual-value-youtube = YouTube
delivery-visual-value-github = GitHub
delivery-visual-value-web = Website

## Images and links

delivery-visual-choose-image = Choose image
delivery-visual-image-url = Address of the image
delivery-visual-image-url-help = It has to begin with https://.
delivery-visual-image-alt = Alternative text
delivery-visual-image-alt-help = What the image says, for those who do not see it. Leave it empty for decoration.
delivery-visual-image-use = Use image
delivery-visual-link-url = Address
delivery-visual-link-use = Set link

## Fields

delivery-merge-first-name = First name
delivery-merge-last-name = Last name
delivery-merge-email = E-mail address
delivery-merge-phone = Phone
delivery-merge-organization = Your organization
delivery-merge-postal-address = Your postal address
delivery-merge-unsubscribe = Unsubscribe link
delivery-merge-preferences = Preferences link
delivery-merge-web-view = Link to read in the browser

## Previews

delivery-look = Look
delivery-look-sent = As sent
delivery-look-dark = Dark
delivery-look-no-images = No images
delivery-audience = Go through
delivery-audience-none = Nobody in particular
delivery-audience-all = All contacts
delivery-audience-previous = Previous person
delivery-audience-next = Next person
delivery-audience-unknown = There is no such segment.
delivery-audience-empty = Nobody is in this audience
delivery-audience-fine = { $sample ->
    [one] No field is empty for the newest person
   *[other] No field is empty for any of the newest { $sample } people
 }
delivery-audience-found = { $sample ->
    [one] Empty for the newest person
   *[other] Empty among the newest { $sample } people
 }
delivery-audience-share = { $field }: { $percent } % ({ $people })

## Checks

delivery-check-line = Line { $line }
delivery-check-show = Show
delivery-template-check-no-preheader = There is no preheader, so inboxes show the first words of the mail
delivery-template-check-empty-link = A link leads nowhere: { $detail }
delivery-template-check-malformed-link = This is no address: { $detail }
delivery-template-check-image-without-source = An image has no address: { $detail }
delivery-template-check-no-sending-domain = No sending domain is set up yet, so mail cannot leave this machine
delivery-template-check-no-dkim-key = Mail from { $detail } is not signed; large mailboxes demand a DKIM signature
delivery-template-check-domain-paused = Sending from { $detail } is paused
delivery-links = Links
delivery-links-check = Check links
delivery-links-help = Requests up to { $limit } addresses of links and images, as they stand in the editor.
delivery-links-none = There is no address to try that nothing is filled into.
delivery-links-skipped = { $count ->
    [one] One more was not tried.
   *[other] { $count } more were not tried.
 }
delivery-link-ok = It leads somewhere ({ $status })
delivery-link-redirect = It leads on to another address ({ $status })
delivery-link-unclear = It answers, but not to programs ({ $status }). Open it yourself.
delivery-link-broken = There is nothing there ({ $status })
delivery-link-unreachable = Nobody answers
delivery-link-refused = It leads into a private network, or is no address
