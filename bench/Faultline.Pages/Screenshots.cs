using Faultline.Browser.Tests;
using Microsoft.Playwright;

namespace Faultline.Pages;

/// <summary>The pictures that the documents show.</summary>
internal static class Screenshots
{
    /// <summary>Writes them.</summary>
    public static async Task Write(IBrowser browser, ExamplePages pages, string folder)
    {
        Directory.CreateDirectory(folder);
        await Take(browser, pages.Race, "#step-8", ColorScheme.Light, 1366, 850, Path.Combine(folder, "witness.png"));
        await Take(browser, pages.Race, "", ColorScheme.Dark, 1366, 850, Path.Combine(folder, "witness-dark.png"));
        await Take(browser, Path.Combine(pages.Seed, "index.html"), "", ColorScheme.Light, 1100, 760, Path.Combine(folder, "index.png"));
    }

    private static async Task Take(IBrowser browser, string file, string fragment, ColorScheme scheme, int width, int height, string target)
    {
        await using IBrowserContext context = await browser.NewContextAsync(new()
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
        });
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(file).AbsoluteUri + fragment);
        await page.ScreenshotAsync(new() { Path = target });
        Console.WriteLine($"{target}: {new FileInfo(target).Length:N0} bytes");
    }
}
