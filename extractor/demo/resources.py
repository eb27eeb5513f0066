"""
The resources of the demo district, as somebody there would keep them by hand.

The standard's columns (section 3.11 of its CSV tables), and which courses and classes use
a resource. Vendors and titles are invented. The first thirteen rows are sound, whatever the
seed and the size of the district; what is ragged on purpose follows:

- `res-line-break`: a title with a line break in it, so that the rows after it are not on the
  line that their number tells; sound otherwise.
- `res-own-course`: the course 9999, which CRS does not have but a section names; see the
  oddity `course_missing`.
- `res-unknown-course`: a course that nothing has.
- `res-eaten-zero`: 634 for the course 0634; a spreadsheet took it for a number.
- `res-unknown-class`: a class that nothing has, beside one that is there.
- `res-no-vendor-id`: no vendorResourceId, which the standard wants.
- `res-importance`: an importance the standard does not have.
- `res-algebra`: a sourcedId that an earlier row has.
"""

_TEXT = """\
sourcedId,title,roles,importance,vendorResourceId,vendorId,applicationId,courseSourcedIds,classSourcedIds
res-statistics,Chance and Data for AP Statistics,"student,teacher",primary,CD-0634,talonpress.example,reader,0634,
res-english-9,Voices 9,student,primary,VO-09,talonpress.example,reader,0101,
res-english-9-guide,Voices 9 Teaching Guide,teacher,secondary,VO-09-T,talonpress.example,reader,0101,
res-algebra,Numbers in Flight,"student,teacher",primary,NF-1,wingmath.example,,"0201,0202,0203",
res-middle-math,Numbers in Flight Middle Grades,"student,teacher",primary,NF-M,wingmath.example,practice,"1201,1202,1203",
res-biology-lab,Virtual Nest Laboratory,student,secondary,VNL-7,nestlab.example,lab,0301,994_1013
res-drama,Plays for Two,student,secondary,PT-2,stagewing.example,,,994_1002
res-robotics,Robot Workshop,"student,teacher",primary,RW-1,nestlab.example,workshop,,"994_1001,994_1025"
res-spelling,"Spelling, Step by Step",student,primary,SP-K1,featherbooks.example,,,990_TN_421
res-first-readers,"The Owl Who Said ""Who"" Twice",student,secondary,OWL-1,featherbooks.example,reader,,"990_TN_421,990_TN_424"
res-homeroom,Morning Circle,"teacher,aide",secondary,MC-3,featherbooks.example,,TCH_990421,
res-language-arts,Palabras y Alas: Niño y Niña,"student,guardian",primary,PA-2,featherbooks.example,reader,"2100,2101",992_1008
res-library,District Library Catalogue,,,LIB,shelf.example,catalogue,,
res-line-break,"Atlas of the Flyway
Second Edition",student,primary,AF-2,talonpress.example,reader,"0401,0402",
res-own-course,Welcome to the District,student,secondary,WEL,shelf.example,,9999,
res-unknown-course,Latin for Falconers,student,primary,LAT-1,talonpress.example,reader,9998,
res-eaten-zero,Statistics Exam Practice,student,secondary,SEP-1,wingmath.example,practice,634,
res-unknown-class,Song Sheets,"student,teacher",secondary,SS-4,stagewing.example,,,"994_1028,994_8999"
res-no-vendor-id,Spring Reading List,student,secondary,,talonpress.example,reader,0102,
res-importance,Chemistry Tables,student,main,CT-1,nestlab.example,lab,0302,
res-algebra,Numbers in Flight Answer Book,teacher,secondary,NF-1-A,wingmath.example,,0201,
"""  # noqa: E501 - rows of a table


def resources() -> str:
    """Return the text of the file: UTF-8, lines end with LF, lists in quotes."""
    return _TEXT
