"""Who lives in the demo community, and which companies they talk about."""

from __future__ import annotations

from parley.demo.shapes import Company, Declaration, Person

PEOPLE = (
    # The sign-ins that are printed when the demo starts.
    Person(
        "ines", "member@demo.example", "inesaldana", "Ines Aldana", "Europe/Zurich", "paid",
        about="I take trains, mend lamps, and keep every receipt in one shoe box.",
    ),
    Person(
        "ruben", "lapsed@demo.example", "rubens", "Ruben S.", "Europe/Berlin", "lapsed",
        about="Piano tuner. I notice humming things.",
    ),
    Person(
        "tomasz", "advocate@demo.example", "tomaszw", "Tomasz W.", "Europe/Warsaw", "paid",
        about="Night trains since 2016, about forty a year. I read timetables for pleasure.",
    ),
    Person(
        "marta", "representative@demo.example", "martakeller", "Marta Keller", "Europe/Zurich",
        "paid", about="Customer care at Northwind Rail. Here I answer; at home I garden.",
    ),
    Person(
        "jonas", "manager@demo.example", "jonasbrandt", "Jonas Brandt", "Europe/Zurich",
        about="I run the customer office of Northwind Rail, and I still ride the 6:12.",
    ),
    Person(
        "oda", "steward@demo.example", "odavinter", "Oda Vinter", "Europe/Oslo", "paid",
        offices=("steward",), about="Librarian, steward until spring. Write to me kindly.",
    ),
    Person(
        "felix", "treasurer@demo.example", "felixamadi", "Felix Amadi", "Europe/Lisbon", "paid",
        offices=("treasurer",), about="Bookkeeper by trade, treasurer here by vote.",
    ),
    # Members.
    Person(
        "lea", "lea@demo.example", "leam", "Lea M.", "Europe/Vienna", "paid",
        about="Cellist, which means I travel with a large box and need two seats.",
    ),
    Person(
        "aiko", "aiko@demo.example", "aikotanabe", "Aiko Tanabe", "Europe/Berlin", "paid",
        about="I teach year five and cook for eleven on Sundays.",
    ),
    Person(
        "pavel", "pavel@demo.example", "paveln", "Pavel N.", "Europe/Prague", "paid",
        about="Commuter. Ideas mostly arrive on platform 3.",
    ),
    Person(
        "grace", "grace@demo.example", "graceokonjo", "Grace Okonjo", "Europe/Dublin", "paid",
        about="Nurse on nights, mother of two, carer for one.",
    ),
    Person(
        "bram", "bram@demo.example", "bramdewit", "Bram de Wit", "Europe/Amsterdam", "paid",
        about="I used to clean trains for a living. Now I bake.",
    ),
    Person(
        "yasmin", "yasmin@demo.example", "yasmink", "Yasmin K.", "Europe/Zurich", "paid",
        about="Wheelchair user, architect, impatient with steps.",
    ),
    Person(
        "henrik", "henrik@demo.example", "henriksolberg", "Henrik Solberg", "Europe/Oslo", "paid",
        about="Network engineer. Happy to read your router's log.",
    ),
    Person(
        "moira", "moira@demo.example", "moiraquinn", "Moira Quinn", "Europe/Dublin", "paid",
        about="Retired proofreader, so forgive me.",
    ),
    Person(
        "sanjay", "sanjay@demo.example", "sanjayp", "Sanjay P.", "Europe/London", "paid",
        about="Tandem half with my daughter; spreadsheets the rest of the week.",
    ),
    Person(
        "elif", "elif@demo.example", "elifdemir", "Elif Demir", "Europe/Istanbul", "paid",
        about="Moved four times in five years and have opinions about contracts.",
    ),
    Person(
        "carlo", "carlo@demo.example", "carlobianchi", "Carlo Bianchi", "Europe/Rome", "paid",
        about="Cook, cyclist, short fuse, long memory.",
    ),
    Person(
        "agnes", "agnes@demo.example", "agnesthorn", "Agnes Thorn", "Europe/London", "paid",
        about="Allotment, asthma, three grandchildren.",
    ),
    Person(
        "milo", "milo@demo.example", "milofabre", "Milo Fabre", "Europe/Paris",
        about="Student. Trying this out.",
    ),
    Person("dana", "dana@demo.example", "danaweiss", "Dana Weiss", "Europe/Berlin"),
    # People who answer for the other companies.
    Person(
        "priya", "priya@demo.example", "priyaraman", "Priya Raman", "Europe/London",
        about="Second-line support at Brightline Fibre.",
    ),
    Person(
        "declan", "declan@demo.example", "declanshaw", "Declan Shaw", "Europe/London",
        about="I look after customer care at Brightline Fibre.",
    ),
    Person(
        "hattie", "hattie@demo.example", "hattieosei", "Hattie Osei", "Europe/London", "paid",
        about="Bookseller at Morrow Books; here also as a customer of everyone else.",
    ),
    Person(
        "sven", "sven@demo.example", "svenholm", "Sven Holm", "Europe/Copenhagen",
        about="Quality and repairs at Halden Kitchen.",
    ),
    Person(
        "grit", "grit@demo.example", "gritmaurer", "Grit Maurer", "Europe/Copenhagen",
        about="Workshop and spare parts at Halden Kitchen.",
    ),
    Person(
        "noor", "noor@demo.example", "noorhaddad", "Noor Haddad", "Europe/Brussels",
        about="Customer care at Alder Street Bank.",
    ),
    Person(
        "victor", "victor@demo.example", "victorlund", "Victor Lund", "Europe/Brussels",
        about="Head of complaints at Alder Street Bank.",
    ),
    Person(
        "catrin", "catrin@demo.example", "catrinpugh", "Catrin Pugh", "Europe/London",
        about="Greyfell Energy, the small team behind the big bills.",
    ),
    Person(
        "emeka", "emeka@demo.example", "emekaobi", "Emeka Obi", "Europe/London",
        about="Pharmacist in charge at Wrenfield Pharmacy.",
    ),
    Person(
        "rosa", "rosa@demo.example", "rosatimmer", "Rosa Timmer", "Europe/Amsterdam",
        about="One of the four people who run Pip & Barrow.",
    ),
)

COMPANIES = (
    Company(
        "northwind", "Northwind Rail", "https://northwind-rail.example", "transport",
        "Night trains and regional lines across the lakes and the passes.",
        (("marta", "responder", "Customer care"), ("jonas", "manager", "Head of customer office")),
    ),
    Company(
        "brightline", "Brightline Fibre", "https://brightline-fibre.example", "telecoms",
        "Fibre to the home for small towns and the streets that others left out.",
        (("priya", "responder", "Second-line support"), ("declan", "manager", "Customer care")),
    ),
    Company(
        "morrow", "Morrow Books", "https://morrow-books.example", "media",
        "New and second-hand books by post, and a reading club with an annual plan.",
        (("hattie", "manager", "Bookseller"),),
    ),
    Company(
        "halden", "Halden Kitchen", "https://halden-kitchen.example", "household",
        "Kettles, pans and ovens, with a repair workshop that takes old ones too.",
        (("sven", "manager", "Quality and repairs"), ("grit", "responder", "Workshop")),
    ),
    Company(
        "alder", "Alder Street Bank", "https://alder-street.example", "finance",
        "Current accounts and cards, six branches, one telephone number.",
        (("noor", "responder", "Customer care"), ("victor", "manager", "Head of complaints")),
    ),
    Company(
        "greyfell", "Greyfell Energy", "https://greyfell-energy.example", "energy",
        "Electricity and heat for about ninety thousand homes.",
        (("catrin", "manager", "Customer team"),),
    ),
    Company(
        "wrenfield", "Wrenfield Pharmacy", "https://wrenfield-pharmacy.example", "health",
        "Eleven pharmacies, one of them open all night.",
        (("emeka", "manager", "Pharmacist in charge"),),
    ),
    Company(
        "pip", "Pip & Barrow", "https://pip-and-barrow.example", "food",
        "Vegetable boxes from nineteen farms, brought by bicycle and van.",
        (("rosa", "manager", "Co-owner"),),
    ),
    Company(
        "lindqvist", "Lindqvist Homes", "https://lindqvist-homes.example", "housing",
        claimed=False,
    ),
    Company("oslo", "Oslo Light", "https://oslo-light.example", "household", claimed=False),
    Company(
        "corvane", "Corvane Parcels", "https://corvane-parcels.example", "other", claimed=False,
    ),
)

DECLARATIONS = (
    Declaration("tomasz", "northwind", ("customer",), 2016, "Nothing beyond ordinary refunds."),
    Declaration(
        "tomasz", "brightline", ("customer",), 2021, "A replacement router, under warranty.",
    ),
    Declaration(
        "bram", "northwind", ("customer", "supplier"), 2012,
        "Wages, until 2022, from a firm that cleaned their trains.",
    ),
    Declaration(
        "henrik", "brightline", ("customer", "competitor"), 2019,
        "Nothing. I work for another network, in a region they do not serve.",
    ),
    Declaration("moira", "morrow", ("customer",), 2018, "Two proof copies of novels."),
    Declaration("aiko", "halden", ("customer",), 2015, "Nothing."),
    Declaration(
        "sanjay", "alder", ("customer", "shareholder"), 2020, "A dividend of 31 euros last year.",
    ),
    Declaration("elif", "greyfell", ("former_customer",), 2020, "Nothing."),
    Declaration("agnes", "wrenfield", ("customer",), 2009, "A calendar, every December."),
    Declaration("carlo", "pip", ("customer",), 2022, "One free box for bringing in a neighbour."),
)

# Which companies people follow, beside the threads that they write in.
FOLLOWS = (
    ("ines", ("northwind", "brightline", "morrow", "halden", "pip")),
    ("ruben", ("northwind", "halden")),
    ("tomasz", ("northwind", "brightline")),
    ("lea", ("northwind", "halden")),
    ("aiko", ("halden",)),
    ("pavel", ("northwind", "morrow")),
    ("grace", ("wrenfield", "halden")),
    ("bram", ("northwind", "greyfell")),
    ("yasmin", ("northwind", "alder")),
    ("henrik", ("brightline",)),
    ("moira", ("morrow", "halden")),
    ("sanjay", ("alder",)),
    ("elif", ("greyfell", "pip", "morrow")),
    ("carlo", ("pip",)),
    ("agnes", ("wrenfield", "morrow", "halden")),
    ("oda", ("northwind", "pip")),
    ("felix", ("alder",)),
    ("hattie", ("pip",)),
)
