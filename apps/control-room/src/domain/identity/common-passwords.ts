/**
 * Words that people make passwords of; a list of our own, of the kind that every published collection of leaked
 * passwords begins with. A password that is one of them, or only one of them with digits and signs around it or said
 * twice, is refused (password-policy.ts).
 */
const WORDS = `
abcdef abcdefg abcdefgh abcdefghij abcdefghijkl access account admin administrator adminadmin alexander alpha amanda
america andrea andrew angel angels anthony apple arsenal asdf asdfasdf asdfgh asdfghjk asdfghjkl ashley august austin
automation automationanywhere autumn azerty bailey banana barcelona baseball basketball batman benjamin bitcoin blink
botrunner brandon buster butterfly carlos changeit changeme changemenow charlie cheese chelsea chicken chocolate
chris christian cocacola company computer controlroom cookie cooper corporate correcthorsebatterystaple dallas daniel
database december default demo diamond dragon eagles elizabeth enter eminem everton fabian family february ferrari
flower football forever freedom friday friends george ginger google gotohell guest hannah happy harley heather hello
helloworld hockey hunter iloveyou internet invoice jackson january jasmine jasper jennifer jessica jesus john jordan
joshua july june junior justin killer klaster knight letmein letmeinnow liverpool london login lovely loveme maggie
march marina martin master matrix matthew maverick merlin michael michelle mickey monday monkey monster morgan mother
mustang nathan nicole november ninja nopassword notebook nothing october office oliver orange pa passport passphrase
passwd passwort password passwords patrick peanut pepper phoenix pokemon pretty princess production purple qazwsx
qazwsxedc qwer qwerasdf qwert qwerty qwertyui qwertyuiop qwertyuiopasdf qwertz qwertzuiop rainbow ranger robot
robotics robots rockyou root samsung samantha scooter secret secure security september server service sesame shadow
shannon signalbox silver snoopy soccer spring standard starwars summer sunday sunshine superman support system taylor
temp temporary test tester testing testtest thomas thunder tigger today trustno undefined unknown user username
vendor victoria wednesday welcome welcomeback whatever william winter wizard workflow yankees yellow zxcvbn zxcvbnm
`;

export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(WORDS.trim().split(/\s+/));
