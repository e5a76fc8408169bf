//! What people are called, by language. A name in another script carries its Latin form behind `=`,
//! for the address.

/// Names that go together.
pub struct Names {
    /// First names, with commas between them.
    pub first: &'static str,
    /// Family names.
    pub last: &'static str,
}

pub const GERMAN: Names = Names {
    first: "Anna, Lena, Johanna, Katharina, Miriam, Franziska, Ute, Birgit, Nele, Charlotte, Jonas, Lukas, \
            Felix, Tobias, Matthias, Jürgen, Andreas, Sebastian, Moritz, Florian, Hannes, Björn",
    last: "Müller, Schneider, Fischer, Weber, Wagner, Becker, Hoffmann, Schäfer, Koch, Richter, Klein, \
           Schröder, Neumann, Krüger, Vogel, Brandt, Lorenz, Kühn, Bergmann, Sommer, Voß, Heinrich",
};
pub const ENGLISH: Names = Names {
    first: "Olivia, Amelia, Emily, Grace, Hannah, Charlotte, Megan, Ruth, Priya, Zoe, Oliver, George, Harry, \
            Jack, Thomas, Daniel, Callum, Ben, Marcus, Nathan, Imran, Theo",
    last: "Smith, Jones, Taylor, Brown, Davies, Evans, Wright, Walker, Hughes, Green, Hall, Clarke, Patel, \
           Turner, Cooper, Ward, Bailey, Khan, Marshall, Ellis, Whitfield, Okafor",
};
pub const AMERICAN: Names = Names {
    first: "Emma, Ava, Sophia, Madison, Jasmine, Rachel, Lauren, Maria, Denise, Keisha, Liam, Noah, Ethan, \
            Mason, Tyler, Brandon, Carlos, DeShawn, Kevin, Wei, Jordan, Casey",
    last: "Johnson, Williams, Miller, Garcia, Martinez, Anderson, Thompson, Robinson, Lee, Nguyen, Carter, \
           Mitchell, Ramirez, Bennett, Hayes, Jefferson, Cohen, Schultz, Kowalski, Brooks, Reyes, Foster",
};
pub const IRISH: Names = Names {
    first: "Aoife, Saoirse, Niamh, Ciara, Sinéad, Róisín, Orla, Maeve, Conor, Seán, Cian, Oisín, Patrick, \
            Declan, Fionn, Eoin",
    last: "Murphy, Kelly, O'Sullivan, Walsh, Byrne, Ryan, O'Connor, Doyle, McCarthy, Gallagher, Doherty, \
           Kennedy, Lynch, Quinn, Nolan, Fitzgerald",
};
pub const FRENCH: Names = Names {
    first: "Camille, Chloé, Léa, Manon, Élodie, Céline, Amélie, Inès, Hélène, Margaux, Louis, Hugo, Gabriel, \
            Jules, Antoine, Benoît, François, Rémi, Mathieu, Loïc",
    last: "Martin, Bernard, Dubois, Moreau, Laurent, Lefèvre, Roux, Girard, Mercier, Dupont, Lambert, \
           Fontaine, Rousseau, Chevalier, Gauthier, Perrin, Lemoine, Béranger",
};
pub const SPANISH: Names = Names {
    first: "Lucía, Sofía, Martina, Carmen, Inés, Ana, Elena, Marta, Rocío, Pilar, Hugo, Mateo, Pablo, Álvaro, \
            Javier, Sergio, Íñigo, Andrés, Raúl, Diego",
    last: "García, Fernández, López, Martínez, Sánchez, Gómez, Jiménez, Ruiz, Hernández, Díaz, Moreno, Muñoz, \
           Álvarez, Romero, Navarro, Torres, Domínguez, Vázquez, Núñez, Ibáñez",
};
pub const PORTUGUESE: Names = Names {
    first: "Maria, Beatriz, Mariana, Inês, Carolina, Letícia, Fernanda, Júlia, Ana, Luísa, João, Tiago, \
            Rafael, Gonçalo, Thiago, Bruno, Caio, Vítor, Nuno, André",
    last: "Silva, Santos, Ferreira, Pereira, Oliveira, Costa, Rodrigues, Almeida, Araújo, Carvalho, Gonçalves, \
           Barbosa, Magalhães, Teixeira, Moreira, Assunção, Figueiredo, Conceição",
};
pub const ITALIAN: Names = Names {
    first: "Giulia, Chiara, Francesca, Martina, Alessia, Elisa, Valentina, Sara, Beatrice, Lucrezia, Lorenzo, \
            Alessandro, Matteo, Davide, Niccolò, Riccardo, Simone, Tommaso, Pietro, Fabio",
    last: "Rossi, Russo, Ferrari, Bianchi, Romano, Colombo, Ricci, Marino, Greco, Conti, De Luca, Mancini, \
           Costa, Giordano, Rizzo, Lombardi, Moretti, Barbieri, D'Amico, Fontana",
};
pub const DUTCH: Names = Names {
    first: "Emma, Sanne, Fleur, Lotte, Anouk, Maaike, Femke, Iris, Daan, Sem, Bram, Thijs, Ruben, Joost, \
            Pieter, Jeroen, Mees, Koen",
    last: "de Jong, Jansen, de Vries, van den Berg, Bakker, Visser, Smit, Meijer, Mulder, de Groot, Bos, Vos, \
           Peters, Hendriks, van Leeuwen, Dekker, Brouwer, Kuiper",
};
pub const NORDIC: Names = Names {
    first: "Astrid, Ingrid, Sigrid, Maja, Freja, Linnéa, Elsa, Kaja, Ronja, Åsa, Erik, Lars, Magnus, Nils, \
            Søren, Håkon, Gustav, Emil, Bjørn, Jörgen",
    last: "Andersson, Johansson, Lindqvist, Nilsson, Berg, Lund, Hansen, Olsen, Larsen, Jensen, Nielsen, \
           Sørensen, Dahl, Haugen, Bergström, Sjöberg, Holm, Kjær, Åkesson, Solberg",
};
pub const FINNISH: Names = Names {
    first: "Aino, Helmi, Venla, Kaisa, Päivi, Outi, Elina, Eero, Onni, Mikko, Jussi, Väinö, Antti, Olli",
    last: "Korhonen, Virtanen, Mäkinen, Nieminen, Mäkelä, Hämäläinen, Laine, Heikkinen, Koskinen, Järvinen, \
           Lehtonen, Salonen",
};
pub const POLISH: Names = Names {
    first: "Zofia, Hanna, Maja, Agnieszka, Małgorzata, Katarzyna, Joanna, Ewa, Jakub, Szymon, Paweł, Michał, \
            Tomasz, Łukasz, Grzegorz, Bartosz",
    last: "Nowak, Wójcik, Kowalczyk, Mazur, Krawczyk, Zając, Król, Wróbel, Dudek, Stępień, Pawlak, Sikora, \
           Walczak, Baran, Michalak, Duda",
};
pub const UKRAINIAN: Names = Names {
    first: "Олена=Olena, Ірина=Iryna, Наталія=Nataliia, Софія=Sofiia, Оксана=Oksana, Марія=Mariia, \
            Андрій=Andrii, Тарас=Taras, Богдан=Bohdan, Дмитро=Dmytro, Максим=Maksym, Юрій=Yurii",
    last: "Шевченко=Shevchenko, Бондаренко=Bondarenko, Ткаченко=Tkachenko, Коваленко=Kovalenko, \
           Мельник=Melnyk, Кравчук=Kravchuk, Лисенко=Lysenko, Гончаренко=Honcharenko, Мороз=Moroz, \
           Савченко=Savchenko",
};
pub const GREEK: Names = Names {
    first: "Μαρία=Maria, Ελένη=Eleni, Κατερίνα=Katerina, Σοφία=Sofia, Δήμητρα=Dimitra, Γιώργος=Giorgos, \
            Νίκος=Nikos, Κώστας=Kostas, Γιάννης=Giannis, Πέτρος=Petros",
    last: "Αλεξίου=Alexiou, Γεωργίου=Georgiou, Δημητρίου=Dimitriou, Ιωάννου=Ioannou, Νικολάου=Nikolaou, \
           Παπαδοπούλου=Papadopoulou, Οικονόμου=Oikonomou, Βλάχου=Vlachou",
};
pub const TURKISH: Names = Names {
    first: "Zeynep, Elif, Defne, Ayşe, Şebnem, Gülşen, Derya, Emre, Yusuf, Çağlar, Ömer, Barış, Kerem, Oğuz",
    last: "Yılmaz, Kaya, Demir, Çelik, Şahin, Yıldız, Öztürk, Aydın, Arslan, Doğan, Koç, Güneş",
};
pub const INDIAN: Names = Names {
    first: "Aarav, Vivaan, Arjun, Rohan, Karthik, Vikram, Siddharth, Rahul, Ananya, Diya, Isha, Kavya, Meera, \
            Priya, Lakshmi, Nandini",
    last: "Sharma, Verma, Gupta, Iyer, Nair, Reddy, Rao, Mehta, Desai, Kapoor, Bose, Chatterjee, Menon, \
           Kulkarni, Joshi, Pillai",
};
pub const JAPANESE: Names = Names {
    first: "Hina, Misaki, Aoi, Yuko, Mayumi, Sakura, Shota, Daisuke, Kenta, Naoki, Ren, Takuya",
    last: "Sato, Suzuki, Takahashi, Tanaka, Watanabe, Ito, Yamamoto, Nakamura, Kobayashi, Kato, Yoshida, Matsumoto",
};
pub const KOREAN: Names = Names {
    first: "Seoyeon, Jiwoo, Minji, Subin, Haeun, Minjun, Doyun, Jiho, Hyunwoo, Junseo",
    last: "Kim, Lee, Park, Choi, Jung, Kang, Cho, Yoon, Jang, Lim",
};
pub const AFRICAN: Names = Names {
    first: "Amara, Chioma, Ngozi, Wanjiru, Achieng, Thandiwe, Lerato, Zanele, Chinedu, Emeka, Tunde, Kamau, \
            Otieno, Sipho, Thabo, Kagiso",
    last: "Adeyemi, Okonkwo, Eze, Balogun, Mwangi, Wanjala, Odhiambo, Kariuki, Nkosi, Dlamini, Mokoena, \
           Ndlovu, van der Merwe, Botha, Naidoo, Khumalo",
};
