using Microsoft.Playwright;

namespace Faultline.Browser.Tests;

/// <summary>One headless Chromium for all tests, the system's own: none is downloaded. Where there is none, the tests are skipped.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (BrowserLaunch.Executable is not { } executable)
        {
            return;
        }

        playwright = await Playwright.CreateAsync();
        browser = await BrowserLaunch.Start(playwright, executable);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
    }

    /// <summary>Opens a file in a window of a laptop's size. Whatever the page asks of a network, and each error of its script, fails the test.</summary>
    /// <param name="file">Path of the file.</param>
    /// <param name="fragment">What comes behind the name: <c>#step-8</c>.</param>
    /// <param name="options">Other than a light window with scripts.</param>
    internal async Task<OpenPage> Open(string file, string fragment = "", BrowserNewContextOptions? options = null)
    {
        Assert.SkipUnless(browser is not null, BrowserLaunch.Missing);
        options ??= new BrowserNewContextOptions();
        options.ViewportSize = BrowserLaunch.Laptop;
        IBrowserContext context = await browser.NewContextAsync(options);
        IPage page = await context.NewPageAsync();
        var open = new OpenPage(context, page, new Uri(Path.GetFullPath(file)).AbsoluteUri);
        await page.GotoAsync(open.Address + fragment);
        return open;
    }
}

/// <summary>A page that is open, and what must not have happened to it.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly List<string> requests = [];
    private readonly List<string> errors = [];

    public OpenPage(IBrowserContext context, IPage page, string address)
    {
        this.context = context;
        Page = page;
        Address = address;
        page.Request += (_, request) => requests.Add(request.Url);
        page.PageError += (_, error) => errors.Add(error);
        page.Console += (_, message) => errors.AddRange(message.Type == "error" ? [message.Text] : []);
    }

    public IPage Page { get; }

    public string Address { get; }

    public ILocator Count => Page.Locator("#count");

    /// <summary>Only the file itself was read, and no script failed.</summary>
    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        Assert.All(requests, url => Assert.StartsWith(Address, url, StringComparison.Ordinal));
        Assert.Empty(errors);
    }
}
