using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Faultline.Browser.Tests;

/// <summary>What kind of file it is: small, alone, harmless whatever a test is called, and quick to step through however long.</summary>
[Collection(BrowserCollection.Name)]
public sealed class FileTests(Chromium chromium, ExamplePages pages)
{
    private const long BytesAtMost = 500_000;

    [Fact]
    public void Is_small_enough_for_a_mail() => Assert.InRange(new FileInfo(pages.Race).Length, 10_000, BytesAtMost);

    [Theory]
    [InlineData("src=")]
    [InlineData("@import")]
    [InlineData("url(")]
    [InlineData("<link")]
    public void Names_no_other_file(string reference) =>
        Assert.DoesNotContain(reference, File.ReadAllText(pages.Race), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public async Task What_a_test_is_called_stays_text()
    {
        const string Evil = "</script></pre><img src=x onerror=document.title='broken'><b>&amp;";
        string test = pages.Write("evil.litmus", File.ReadAllText(Path.Combine(ExamplePages.Root(), "litmus", "seed", "generic-437.litmus"))
            .Replace("A private store races a private load: insert_pfn() finds the anonymous copy", Evil, StringComparison.Ordinal));
        await using OpenPage open = await chromium.Open(pages.Explain("evil.html", test, "--kernel", "v4.12+pfn-warn"));
        await Expect(open.Page.Locator(".test pre")).ToContainTextAsync(Evil);
        await Expect(open.Page.Locator("img")).ToHaveCountAsync(0);
        await Expect(open.Page).ToHaveTitleAsync("generic-437: warn(insert_pfn) on v4.12+pfn-warn, ext4");
        await Expect(open.Count).ToHaveTextAsync("12 of 12");
    }

    /// <summary>A path is shown in a command: it must be neither markup nor more than one word of a shell.</summary>
    [Fact]
    public async Task A_path_stays_text_too()
    {
        string test = pages.Write("<img src=x onerror=alert(1)>.litmus", File.ReadAllText(Path.Combine(ExamplePages.Root(), "litmus", "seed", "generic-437.litmus")));
        await using OpenPage open = await chromium.Open(pages.Explain("path.html", test, "--kernel", "v4.12+pfn-warn"));
        await Expect(open.Page.Locator(".about pre").First).ToContainTextAsync("<img src=x onerror=alert(1)>.litmus' --kernel");
        await Expect(open.Page.Locator("img")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_long_run_is_whole_and_each_step_of_it_can_be_linked()
    {
        await using OpenPage open = await chromium.Open(pages.LongRun, "#step-1500");
        int steps = await open.Page.Locator(".step").CountAsync();
        Assert.True(steps > 1_500, $"{steps} steps");
        await Expect(open.Count).ToHaveTextAsync($"1500 of {steps}");
        await Expect(open.Page.Locator("#step-1500")).ToBeInViewportAsync();
    }

    /// <summary>What a step costs does not grow with the length of the run: it touches few elements. (bench/README.md has times.)</summary>
    [Fact]
    public async Task A_step_of_a_long_run_touches_few_elements()
    {
        await using OpenPage open = await chromium.Open(pages.LongRun, "#step-700");
        int worst = await open.Page.EvaluateAsync<int>("""
            async () => {
              let worst = 0;
              const observer = new MutationObserver(changes => { worst = Math.max(worst, changes.length); });
              observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
              for (let i = 0; i < 300; i++) {
                document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
                await Promise.resolve();
              }
              await new Promise(done => setTimeout(done, 0));
              return worst;
            }
            """);
        await Expect(open.Count).ToContainTextAsync("1000 of");
        Assert.InRange(worst, 5, 150);
    }

    /// <summary>States are kept as differences: a page grows with what its steps change.</summary>
    [Fact]
    public async Task A_long_run_keeps_differences()
    {
        await using OpenPage open = await chromium.Open(pages.LongRun);
        int[] sizes = await open.Page.EvaluateAsync<int[]>(
            "(d => [d.changes.length, d.first.length, d.changes.flat().length / 2])(JSON.parse(document.getElementById('data').textContent))");
        Assert.InRange(sizes[2], sizes[0] / 2, sizes[0] * sizes[1] / 10);
    }

    [Fact]
    public async Task A_folder_is_an_index_with_a_page_for_each_test()
    {
        string folder = pages.Seed;
        await using OpenPage open = await chromium.Open(Path.Combine(folder, "index.html"));
        await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Name = "Tests against kernel versions" })).ToBeVisibleAsync();
        int tests = Directory.GetFiles(Path.Combine(ExamplePages.Root(), "litmus", "seed"), "*.litmus").Count(f => !File.ReadAllText(f).Contains("Geometry=real", StringComparison.Ordinal));
        Assert.Equal(tests, Directory.GetFiles(folder, "*.html").Length - 1);
        foreach (string address in await open.Page.EvaluateAsync<string[]>("[...document.querySelectorAll('th.test a')].map(a => a.href)"))
        {
            Assert.True(File.Exists(new Uri(address).LocalPath), address);
        }
    }

    [Fact]
    public async Task A_page_of_an_index_leads_back_to_it()
    {
        await using OpenPage open = await chromium.Open(Path.Combine(pages.Seed, "generic-437.html"));
        await Expect(open.Page.GetByRole(AriaRole.Link, new() { Name = "all tests" })).ToHaveAttributeAsync("href", "index.html");
        await Expect(open.Page.Locator("h1")).ToHaveTextAsync("insert_pfn() met a PTE that maps anon 0 while inserting block 0");
    }

    [Fact]
    public async Task A_test_that_cannot_go_wrong_says_what_was_searched()
    {
        await using OpenPage open = await chromium.Open(pages.Explain("good.html", "litmus/seed/generic-437.litmus", "--kernel", "v4.14"));
        await Expect(open.Page.Locator("h1")).ToHaveTextAsync("No interleaving goes wrong");
        await Expect(open.Page.Locator("main")).ToContainTextAsync("Searched 215 states");
    }
}
