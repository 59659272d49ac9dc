"""Names for the rest of the company: first names that occur once, last names of the same region, and an office."""

# office's time zone, first names, last names
REGIONS = (
    (
        "Europe/Berlin",
        "Anton Clara Emil Frieda Jonas Käthe Lukas Marlene Moritz Paula Ruben Theresa",
        "Albrecht Becker Engel Günther Hartmann Krämer Lorenz Neumann Schäfer Vogel Winkler Zimmermann",
    ),
    (
        "Europe/Lisbon",
        "Beatriz Catarina Diogo Duarte Inês João Leonor Mafalda Rui Simão Tomás Vasco",
        "Barros Cardoso Coelho Faria Gonçalves Lopes Magalhães Nogueira Pinto Ramos Simões Teixeira",
    ),
    (
        "Europe/London",
        "Alfie Bronwyn Callum Eleanor Fergus Gwen Harriet Imogen Niamh Rory Tamsin Winston",
        "Ashworth Bell Campbell Davies Fletcher Gallagher Hughes Kerr Morgan Pritchard Sinclair Whitaker",
    ),
    (
        "Europe/Warsaw",
        "Agnieszka Bartosz Dorota Grzegorz Hanna Jakub Kamil Łukasz Małgorzata Oleksandr Taras Zofia",
        "Bondarenko Dąbrowski Jankowski Kaczmarek Kravchenko Lis Mazur Nowak Pawlak Shevchuk Wójcik Zając",
    ),
    (
        "America/New_York",
        "Carmen Darnell Esteban Guadalupe Jamal Keisha Latoya Malik Rosa Tyrone Valentina Xavier",
        "Brooks Carter Delgado Espinoza Foster Herrera Jackson Mitchell Ortega Rivera Salazar Washington",
    ),
    (
        "Asia/Kolkata",
        "Aarav Bhavna Deepak Farhan Gayatri Harsh Isha Kavya Meera Nikhil Priya Rohan",
        "Banerjee Chatterjee Desai Iyer Joshi Kapoor Menon Nair Patel Reddy Sharma Varma",
    ),
    (
        "Asia/Tokyo",
        "Akira Chiyo Daichi Haruka Jiwoo Kenta Linh Mei Minh Naoki Seojun Yuki",
        "Chen Fujimoto Hayashi Huang Kim Matsuda Nguyen Park Sato Tran Watanabe Zhang",
    ),
    (
        "Africa/Nairobi",
        "Abena Amara Chidi Desta Fatou Kwame Lindiwe Makena Nia Sipho Thabo Zuri",
        "Abebe Adeyemi Boateng Diallo Kamau Mensah Mwangi Ndlovu Nkosi Odhiambo Osei Tesfaye",
    ),
    (
        "Asia/Dubai",
        "Amina Bilal Cyrus Dalia Elif Farah Hakan Leyla Nadia Rashid Samir Yasmin",
        "Aydın Demir Farouk Haddadi Jabari Khalil Mansour Nasser Rostami Saleh Tehrani Yılmaz",
    ),
)
