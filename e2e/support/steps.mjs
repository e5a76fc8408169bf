// What a person does in the browser, step by step. Every step uses what a person sees: labels, buttons,
// headings. None needs JavaScript.

export const ada = {
  organization: 'Byron & Daughters',
  name: 'Ada Byron',
  email: 'ada@byron.example',
  password: 'a difference engine of brass',
};

/** The first run, as somebody at the machine itself: without the token from the log. */
export async function setUp(page) {
  await page.goto('/setup');
  await page.getByLabel('Organization').fill(ada.organization);
  await page.getByLabel('Time zone').selectOption('Europe/London');
  await page.getByLabel('Your name').fill(ada.name);
  await page.getByLabel('E-mail').fill(ada.email);
  await page.getByLabel(/^Password/).fill(ada.password);
  await page.getByRole('button', { name: 'Create organization' }).click();
  await page.waitForURL('**/app');
}

export async function signIn(page) {
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(ada.email);
  await page.getByLabel(/^Password/).fill(ada.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/app');
}
