"""What the demo company has to give: mailing lists, paid seats, things to order; and the services that everybody uses."""

# id, name, other names, owner, open to everybody, departments that are on it from the start
LISTS = (
    ("all-staff", "All Staff", ("company news",), "eva", False, ("*",)),
    ("berlin-office", "Berlin Office", ("office berlin",), "noor", True, ()),
    ("campaigns", "Campaigns", ("marketing campaigns",), "mia", True, ("Marketing",)),
    ("engineering-talk", "Engineering Talk", ("tech talk",), "pavel", True, ("Engineering", "IT")),
    ("finance-reports", "Finance Reports", ("monthly figures",), "lena.fischer", False, ("Finance",)),
    ("incidents", "Incidents", ("outages",), "ida", True, ("IT",)),
    ("leadership", "Leadership", ("management",), "eva", False, ("Management",)),
    ("product-news", "Product News", ("product updates",), "mia", True, ("Marketing", "Sales")),
    ("running-club", "Running Club", ("runners",), "ben", True, ()),
    ("sales-leads", "Sales Leads", (), "eva", False, ("Sales",)),
)

# application, seats, how many of them are free
SEATS = (
    ("figma", 30, 6),
    ("looker", 12, 2),
    ("mailchimp", 5, 0),
    ("salesforce", 40, 3),
    ("zendesk", 25, 4),
)

# id, name, other names, price in euros
ITEMS = (
    ("adapter", "USB-C adapter", ("usb-c hub", "dongle", "usb c adapter"), 39),
    ("chair", "Desk chair", ("office chair", "chair"), 289),
    ("charger", "Notebook charger", ("charger", "power supply", "power adapter", "charging cable"), 59),
    ("dock", "Docking station", ("dock", "docking"), 179),
    ("headset", "Headset", ("headphones", "earphones"), 119),
    ("keyboard", "Keyboard", (), 79),
    ("laptop", "Notebook", ("laptop", "macbook", "thinkpad"), 1490),
    ("monitor", "Monitor, 27 inch", ("monitor", "screen", "display", "second monitor", "second screen"), 329),
    ("mouse", "Mouse", ("trackpad",), 45),
    ("phone", "Phone", ("mobile phone", "smartphone", "iphone"), 749),
    ("webcam", "Webcam", ("camera",), 89),
)

# name, title, other names, status, note
SERVICES = (
    ("build-farm", "Build farm", ("builds",), "up", ""),
    ("e-mail", "E-mail", ("email", "mail", "outlook", "mail server"), "up", ""),
    ("intranet", "Intranet", ("portal",), "up", ""),
    ("printing", "Printing", ("printer", "printers", "print server"), "up", ""),
    ("shared-drive", "Shared drive", ("file server", "network drive", "shared folder"), "up", ""),
    ("single-sign-on", "Single sign-on", ("sso", "sign-in", "okta"), "up", ""),
    ("telephony", "Telephones and calls", ("phones", "calls", "video calls"), "up", ""),
    ("vpn", "VPN", ("remote access",), "degraded", "Slow since this morning: one of two gateways is being replaced."),
    ("wifi-berlin", "Wireless network Berlin", ("wifi", "wlan", "wireless"), "degraded", "Slow on the third floor."),
)  # fmt: skip

BROWSERS = ("Chrome on Windows", "Safari on macOS", "Firefox on Linux", "Slack on iPhone", "Outlook on Android")
