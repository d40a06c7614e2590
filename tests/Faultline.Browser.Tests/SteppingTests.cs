using System.Globalization;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Faultline.Browser.Tests;

/// <summary>Stepping: by buttons, keys, slider, a click, and a link.</summary>
[Collection(BrowserCollection.Name)]
public sealed class SteppingTests(Chromium chromium, ExamplePages pages)
{
    private const int Steps = 12;

    [Fact]
    public async Task Opens_where_it_goes_wrong()
    {
        await using OpenPage open = await chromium.Open(pages.Race);
        await Expect(open.Count).ToHaveTextAsync("12 of 12");
        await Expect(open.Page.Locator("#said")).ToContainTextAsync("warn(insert_pfn)");
        await Expect(Pte(open)).ToHaveTextAsync("anon 0 rw dirty");
        await Expect(Entry(open)).ToHaveTextAsync("block 0 locked");
        await Expect(open.Page.Locator(".number[aria-current=step]")).ToHaveAttributeAsync("id", "step-12");
    }

    [Fact]
    public async Task Buttons_step()
    {
        await using OpenPage open = await chromium.Open(pages.Race);
        await Click(open, "Start", "0 of 12");
        await Expect(Pte(open)).ToHaveTextAsync("none");
        await Click(open, "Step forward", "1 of 12");
        await Click(open, "Next context switch", "3 of 12");
        await Click(open, "Next context switch", "10 of 12");
        await Click(open, "Previous context switch", "3 of 12");
        await Click(open, "Step back", "2 of 12");
        await Click(open, "End", "12 of 12");
        await Click(open, "Step forward", "12 of 12");
        await Click(open, "Start", "0 of 12");
        await Click(open, "Step back", "0 of 12");
        await Click(open, "Where it goes wrong: step 12", "12 of 12");
    }

    /// <summary>The point of no return lies between its step and the next; the good schedule stands beside the bad one; a change leads to who sees it.</summary>
    [Fact]
    public async Task Shows_what_would_have_helped()
    {
        await using OpenPage open = await chromium.Open(pages.Race);
        await Expect(open.Page.Locator(".step[data-step='6'] + .turn")).ToHaveTextAsync("After step 6 no schedule avoids warn(insert_pfn)");
        await Expect(open.Page.Locator(".parts + .step")).ToHaveAttributeAsync("data-step", "6");
        await open.Page.Locator(".step[data-step='9'] .seen a").ClickAsync();
        await Expect(open.Count).ToHaveTextAsync("10 of 12");
        await Expect(open.Page.Locator("#good .beside > div")).ToHaveCountAsync(2);
        await Expect(open.Page.Locator("#good .beside > div").Nth(0).Locator(".violation")).ToHaveCountAsync(1);
        await Expect(open.Page.Locator("#good .beside > div").Nth(1).Locator(".violation")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Keys_step()
    {
        await using OpenPage open = await chromium.Open(pages.Race);
        (string Key, int Step)[] presses =
        [
            ("g", 0), ("ArrowRight", 1), ("j", 2), ("Shift+ArrowRight", 3), ("Shift+J", 10), ("ArrowLeft", 9), ("k", 8), ("Shift+ArrowLeft", 3),
            ("Shift+K", 0), ("Shift+G", 12), ("g", 0), ("f", 12), ("Control+k", 12),
        ];
        foreach ((string key, int step) in presses)
        {
            await open.Page.Keyboard.PressAsync(key);
            await Expect(open.Count).ToHaveTextAsync($"{step} of {Steps}");
        }
    }

    [Fact]
    public async Task The_slider_steps_by_its_own_keys_and_by_the_mouse()
    {
        await using OpenPage open = await chromium.Open(pages.Race);
        ILocator slider = open.Page.GetByRole(AriaRole.Slider, new() { Name = "Step" });
        await slider.FocusAsync();
        await open.Page.Keyboard.PressAsync("Home");
        await Expect(open.Count).ToHaveTextAsync("0 of 12");
        await Expect(slider).ToHaveAttributeAsync("aria-valuetext", "start");
        await open.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(open.Count).ToHaveTextAsync("1 of 12");
        await open.Page.Keyboard.PressAsync("End");
        await Expect(open.Count).ToHaveTextAsync("12 of 12");
        LocatorBoundingBoxResult box = (await slider.BoundingBoxAsync())!;
        await open.Page.Mouse.ClickAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2));
        await Expect(open.Count).ToHaveTextAsync("6 of 12");
        Assert.StartsWith("step 6 of 12, P0 in lock_slot", await slider.GetAttributeAsync("aria-valuetext"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_click_on_a_line_goes_to_its_step()
    {
        await using OpenPage open = await chromium.Open(pages.Race);
        await open.Page.Locator(".line.change", new() { HasText = "pte A[0]" }).ClickAsync();
        await Expect(open.Count).ToHaveTextAsync("8 of 12");
    }

    [Fact]
    public async Task A_link_names_a_step_and_the_address_follows()
    {
        await using OpenPage open = await chromium.Open(pages.Race, "#step-8");
        await Expect(open.Count).ToHaveTextAsync("8 of 12");
        await Expect(open.Page.Locator("#step-8")).ToBeInViewportAsync();
        await open.Page.Keyboard.PressAsync("ArrowLeft");
        await open.Page.WaitForURLAsync("**#step-7");
        await open.Page.EvaluateAsync("location.hash = '#step-3'");
        await Expect(open.Count).ToHaveTextAsync("3 of 12");
        await open.Page.GetByRole(AriaRole.Link, new() { Name = "step 8", Exact = true }).First.ClickAsync();
        await Expect(open.Count).ToHaveTextAsync("8 of 12");
    }

    [Theory]
    [InlineData("#step-999")]
    [InlineData("#step-")]
    [InlineData("#<img src=x onerror=alert(1)>")]
    public async Task A_link_to_no_step_opens_where_it_goes_wrong(string fragment)
    {
        await using OpenPage open = await chromium.Open(pages.Race, fragment);
        await Expect(open.Count).ToHaveTextAsync("12 of 12");
    }

    [Fact]
    public async Task What_a_step_changes_is_marked_with_what_it_was()
    {
        await using OpenPage open = await chromium.Open(pages.Race, "#step-8");
        await Expect(Pte(open)).ToHaveClassAsync("chip changed");
        await Expect(open.Page.Locator(".c-pte .was")).ToHaveTextAsync("was none");
        await Expect(open.Page.Locator(".arrows path.changed")).ToHaveCountAsync(1);
        await open.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(Pte(open)).ToHaveClassAsync("chip");
        await Expect(open.Page.Locator(".c-pte .was")).ToHaveCountAsync(0);
        await Expect(open.Page.Locator(".c-entry .was")).ToHaveTextAsync("was empty locked");
    }

    /// <summary>The picture's arrow of a PTE ends at the page of memory that the PTE maps.</summary>
    [Fact]
    public async Task Arrows_lead_from_what_points_to_what_is_pointed_to()
    {
        await using OpenPage open = await chromium.Open(pages.Race);
        LocatorBoundingBoxResult anon = (await open.Page.Locator("[data-frame='anon 0']").BoundingBoxAsync())!;
        LocatorBoundingBoxResult picture = (await open.Page.Locator("#picture").BoundingBoxAsync())!;
        string[] ends = await open.Page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('.arrows circle')].map(c => c.getAttribute('cx') + ' ' + c.getAttribute('cy'))");
        Assert.Contains(ends, end =>
        {
            double[] at = [.. end.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
            return Math.Abs(picture.X + at[0] - anon.X) < 2 && picture.Y + at[1] > anon.Y && picture.Y + at[1] < anon.Y + anon.Height;
        });
    }

    private static ILocator Pte(OpenPage open) => open.Page.Locator(".c-pte .chip");

    private static ILocator Entry(OpenPage open) => open.Page.Locator(".c-entry .chip");

    private static async Task Click(OpenPage open, string button, string count)
    {
        await open.Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        await Expect(open.Count).ToHaveTextAsync(count);
    }
}
