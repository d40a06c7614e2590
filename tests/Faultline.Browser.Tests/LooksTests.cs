using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Faultline.Browser.Tests;

/// <summary>Light and dark, on paper, without a script, by keyboard and with a screen reader.</summary>
[Collection(BrowserCollection.Name)]
public sealed class LooksTests(Chromium chromium, ExamplePages pages)
{
    [Theory]
    [InlineData(ColorScheme.Light, "rgb(255, 255, 255)")]
    [InlineData(ColorScheme.Dark, "rgb(20, 23, 26)")]
    public async Task Is_as_light_as_the_reader_s_system(ColorScheme scheme, string background)
    {
        await using OpenPage open = await chromium.Open(pages.Race, options: new() { ColorScheme = scheme });
        await Expect(open.Page.Locator("body")).ToHaveCSSAsync("background-color", background);
    }

    /// <summary>axe's rules: names and roles of everything, order of headings, contrast of all text, and more.</summary>
    [Theory]
    [InlineData(ColorScheme.Light, "")]
    [InlineData(ColorScheme.Dark, "")]
    [InlineData(ColorScheme.Light, "#step-8")]
    [InlineData(ColorScheme.Dark, "#step-8")]
    public async Task Is_accessible(ColorScheme scheme, string fragment)
    {
        await using OpenPage open = await chromium.Open(pages.Race, fragment, new() { ColorScheme = scheme });
        AxeResult result = await open.Page.RunAxe();
        Assert.Empty(result.Violations.Select(v => $"{v.Id}: {v.Help}: {string.Join("; ", v.Nodes.Select(n => n.Html))}"));
        Assert.Contains(result.Passes, rule => rule.Id == "color-contrast");
    }

    /// <summary>Three CPUs share a column of text; each keeps its lane, within the schedule's part of the window.</summary>
    [Fact]
    public async Task Three_lanes_fit()
    {
        await using OpenPage open = await chromium.Open(pages.Explain("three.html", "litmus/findings/munmap-stale-tlb.litmus", "--kernel", "v6.12", "--fs", "ext4"));
        Assert.Equal(["P0", "P1", "P2"], await open.Page.Locator(".lane").AllTextContentsAsync());
        LocatorBoundingBoxResult timeline = (await open.Page.Locator(".timeline").BoundingBoxAsync())!, state = (await open.Page.Locator(".state").BoundingBoxAsync())!;
        Assert.True(timeline.X + timeline.Width <= state.X, "the lanes reach into the picture");
        AxeResult result = await open.Page.RunAxe();
        Assert.Empty(result.Violations.Select(v => $"{v.Id}: {v.Help}: {string.Join("; ", v.Nodes.Select(n => n.Html))}"));
    }

    /// <summary>The test, the table of versions, the buttons and slider, one step of the schedule, then the links below.</summary>
    [Fact]
    public async Task The_tab_key_goes_through_it_in_reading_order()
    {
        await using OpenPage open = await chromium.Open(pages.Race);
        var order = new List<string>();
        for (int i = 0; i < 14; i++)
        {
            await open.Page.Keyboard.PressAsync("Tab");
            order.Add(await open.Page.EvaluateAsync<string>("document.activeElement.id || document.activeElement.className || document.activeElement.localName"));
        }

        Assert.Equal(
            ["pre", "wide", "start", "switch-back", "back", "slider", "forward", "switch-forward", "end", "wrong", "a", "step-12", "state", "a"], order);
    }

    [Fact]
    public async Task The_step_that_has_the_focus_moves_with_the_keys()
    {
        await using OpenPage open = await chromium.Open(pages.Race, "#step-8");
        await open.Page.Locator("#step-8").FocusAsync();
        await open.Page.Keyboard.PressAsync("ArrowLeft");
        await Expect(open.Page.Locator("#step-7")).ToBeFocusedAsync();
        await Expect(open.Page.Locator(".number[tabindex='0']")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_screen_reader_is_told_each_step()
    {
        await using OpenPage open = await chromium.Open(pages.Race, "#step-8");
        await Expect(open.Page.GetByRole(AriaRole.Status).First).ToContainTextAsync("P0 in finish_fault: lock ptl; pte A[0]: none -> anon 0 rw dirty");
        await Expect(open.Page.GetByRole(AriaRole.Group, new() { Name = "Stepper" })).ToBeVisibleAsync();
        await Expect(open.Page.GetByRole(AriaRole.Link, new() { Name = "Step 8, P0", Exact = true })).ToHaveAttributeAsync("aria-current", "step");
        Assert.Equal(16, await open.Page.Locator(".steps").GetByRole(AriaRole.Listitem).CountAsync()); // 12 steps, 2 context switches, where a good schedule parts, the point of no return: no bars
    }

    [Fact]
    public async Task Without_a_script_it_shows_the_schedule_and_the_state_where_it_goes_wrong()
    {
        await using OpenPage open = await chromium.Open(pages.Race, "#step-8", new() { JavaScriptEnabled = false });
        await Expect(open.Page.Locator("#step-8")).ToBeInViewportAsync();
        await Expect(open.Page.Locator(".line.violation")).ToContainTextAsync("warn(insert_pfn)");
        await Expect(open.Page.Locator(".c-pte .chip")).ToHaveTextAsync("anon 0 rw dirty");
    }

    [Fact]
    public async Task On_paper_nothing_is_cut_off_and_no_button_stands()
    {
        await using OpenPage open = await chromium.Open(pages.Race);
        await open.Page.EmulateMediaAsync(new() { Media = Media.Print });
        await Expect(open.Page.Locator("#slider")).ToBeHiddenAsync();
        await Expect(open.Page.Locator("#start")).ToBeHiddenAsync();
        await Expect(open.Page.Locator("#said")).ToBeVisibleAsync();
        await Expect(open.Page.Locator(".controls")).ToHaveCSSAsync("position", "static");
        await open.Page.SetViewportSizeAsync(718, 1000); // A4 within its margins
        Assert.Empty(await open.Page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('.line, .chip, pre, .matrix, table')].filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML)"));
        byte[] pdf = await open.Page.PdfAsync(new() { Format = "A4" });
        Assert.InRange(pdf.Length, 20_000, 2_000_000);
    }
}
