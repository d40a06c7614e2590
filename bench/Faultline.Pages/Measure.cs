using System.Globalization;
using Faultline.Browser.Tests;
using Microsoft.Playwright;

namespace Faultline.Pages;

/// <summary>How large pages are and how quick in a browser.</summary>
internal static class Measure
{
    private const int Repeats = 5;

    // From the start of the navigation until the script has drawn the first state; then from a key until the next frame is drawn.
    private const string StepAll = """
        async () => {
          const frame = () => new Promise(done => requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); }));
          const press = key => document.dispatchEvent(new KeyboardEvent("keydown", { key }));
          press("g");
          await frame();
          const script = [], drawn = [];
          const steps = document.querySelectorAll(".step").length;
          for (let i = 0; i < steps; i++) {
            await frame();
            const start = performance.now();
            press("ArrowRight");
            script.push(performance.now() - start);
            await frame();
            drawn.push(performance.now() - start);
          }
          return [script, drawn].flatMap(times => { times.sort((a, b) => a - b); return [times[times.length >> 1], times[Math.floor(times.length * 0.99)], times[times.length - 1]]; });
        }
        """;

    /// <summary>Prints both pages' figures.</summary>
    public static async Task Print(IBrowser browser, ExamplePages pages)
    {
        Console.WriteLine($"Chromium {browser.Version}, {BrowserLaunch.Laptop.Width}x{BrowserLaunch.Laptop.Height}, medians of {Repeats} loads");
        Console.WriteLine();
        Console.WriteLine("                           steps      bytes  ready, ms    a step, ms: script, median / 99% / most    until drawn, median / 99% / most");
        await Print(browser, "generic-437", pages.Race);
        await Print(browser, "a long run", pages.LongRun);
    }

    private static async Task Print(IBrowser browser, string name, string file)
    {
        var ready = new List<double>();
        double[] step = [];
        int steps = 0;
        for (int i = 0; i < Repeats; i++)
        {
            await using IBrowserContext context = await browser.NewContextAsync(new() { ViewportSize = BrowserLaunch.Laptop });
            IPage page = await context.NewPageAsync();
            await page.GotoAsync(new Uri(file).AbsoluteUri);
            ready.Add(double.Parse(await page.EvaluateAsync<string>("document.documentElement.dataset.ready"), CultureInfo.InvariantCulture));
            if (i + 1 == Repeats)
            {
                steps = await page.Locator(".step").CountAsync();
                step = await page.EvaluateAsync<double[]>(StepAll);
            }
        }

        ready.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-24}{steps,8:N0}{new FileInfo(file).Length,11:N0}{ready[Repeats / 2],11:F0}{step[0],26:F1} / {step[1]:F1} / {step[2]:F1}{step[3],32:F1} / {step[4]:F1} / {step[5]:F1}"));
    }
}
