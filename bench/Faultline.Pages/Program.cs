using Faultline.Browser.Tests;
using Faultline.Pages;
using Microsoft.Playwright;

if (args is not (["measure"] or ["screenshots"] or ["screenshots", _]))
{
    Console.Error.WriteLine(
        """
        usage: Faultline.Pages measure              bytes of pages, time until they can be used, time of a step, in Chromium
               Faultline.Pages screenshots [DIR]    the pictures of the documents (docs/images)
        """);
    return 2;
}

if (BrowserLaunch.Executable is not { } executable)
{
    Console.Error.WriteLine(BrowserLaunch.Missing);
    return 2;
}

using IPlaywright playwright = await Playwright.CreateAsync();
await using IBrowser browser = await BrowserLaunch.Start(playwright, executable);
using var pages = new ExamplePages();
await (args[0] == "measure"
    ? Measure.Print(browser, pages)
    : Screenshots.Write(browser, pages, args.Length > 1 ? args[1] : Path.Combine(ExamplePages.Root(), "docs", "images")));
return 0;
