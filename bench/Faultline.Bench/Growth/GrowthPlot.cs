using System.Text;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace Faultline.Bench.Growth;

/// <summary>
/// Draws the measurements: states above, seconds below, both logarithmic, one column for each number that grows, the legend in a
/// column of its own. A reduced search has a thin line and open squares.
/// </summary>
internal static class GrowthPlot
{
    private const int Width = 1500;
    private const int Height = 760;
    private const string Font = "DejaVu Sans";
    private static readonly ScottPlot.Palettes.ColorblindFriendly Palette = new();

    /// <summary>Writes the picture.</summary>
    public static void Save(List<Panel> panels, string file)
    {
        Fonts.Default = Font;
        int columns = panels.Count + 1;
        var figure = new Multiplot();
        figure.AddPlots(2 * columns);
        figure.Layout = new ScottPlot.MultiplotLayouts.Grid(2, columns);
        (double Low, double High) states = Range(panels, p => p.States), seconds = Range(panels, p => p.Seconds);
        for (int i = 0; i < panels.Count; i++)
        {
            Draw(figure.Subplots.GetPlot(i), panels[i], "states", p => p.States, states);
            Draw(figure.Subplots.GetPlot(columns + i), panels[i], "seconds", p => p.Seconds, seconds);
        }

        DrawLegend(figure.Subplots.GetPlot(columns - 1), panels[0]);
        figure.Subplots.GetPlot((2 * columns) - 1).HideAxesAndGrid();
        File.WriteAllText(file, Render(figure));
    }

    private static string Render(Multiplot figure)
    {
        using var stream = new MemoryStream();
        using (SKCanvas canvas = SKSvgCanvas.Create(new SKRect(0, 0, Width, Height), stream))
        {
            figure.Render(canvas, new PixelRect(0, Width, Height, 0));
        }

        return Encoding.UTF8.GetString(stream.ToArray()).Replace($"\"{Font}\"", $"\"{Font}, sans-serif\"", StringComparison.Ordinal);
    }

    // All panels of a row have one scale.
    private static (double Low, double High) Range(List<Panel> panels, Func<Point, double> value)
    {
        double[] all = [.. panels.SelectMany(p => p.Lines).SelectMany(l => l.Points).Select(p => Math.Log10(value(p)))];
        return (Math.Floor(all.Min()), Math.Ceiling(all.Max()));
    }

    private static void Draw(Plot plot, Panel panel, string what, Func<Point, double> value, (double Low, double High) range)
    {
        foreach (Line line in panel.Lines.Where(l => l.Points.Count > 0))
        {
            double[] sizes = [.. line.Points.Select(p => (double)p.Size)];
            double[] values = [.. line.Points.Select(p => Math.Log10(value(p)))];
            var drawn = plot.Add.Scatter(sizes, values, Palette.GetColor(line.Colour));
            drawn.LineWidth = WidthOf(line);
            drawn.MarkerSize = 7;
            drawn.MarkerShape = MarkerOf(line);
        }

        plot.Title($"{what} against {panel.Number}");
        plot.XLabel(panel.Number);
        plot.Axes.Left.TickGenerator = new NumericAutomatic
        {
            IntegerTicksOnly = true,
            MinorTickGenerator = new LogMinorTickGenerator(),
            LabelFormatter = power => power switch
            {
                >= 0 and < 7 => $"{Math.Pow(10, power):N0}",
                >= -3 and < 0 => Math.Pow(10, power).ToString("0.###", System.Globalization.CultureInfo.InvariantCulture),
                _ => $"1e{power:0}",
            },
        };
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true, MinorTickGenerator = new EvenlySpacedMinorTickGenerator(1) };
        plot.Axes.Margins(0.08, 0);
        plot.Axes.SetLimitsY(range.Low, range.High);
    }

    private static void DrawLegend(Plot plot, Panel panel)
    {
        plot.HideAxesAndGrid();
        plot.Legend.ManualItems.AddRange(panel.Lines.Select(line => new LegendItem
        {
            LabelText = line.Name,
            LineColor = Palette.GetColor(line.Colour),
            LineWidth = WidthOf(line),
            MarkerShape = MarkerOf(line),
            MarkerSize = 7,
            MarkerFillColor = Palette.GetColor(line.Colour),
            MarkerLineColor = Palette.GetColor(line.Colour),
            MarkerLineWidth = 1,
        }));
        plot.ShowLegend(Alignment.UpperLeft);
    }

    // Skia draws no dashes in SVG.
    private static float WidthOf(Line line) => line.Reduced ? 1 : 2;

    private static MarkerShape MarkerOf(Line line) => line.Reduced ? MarkerShape.OpenSquare : MarkerShape.FilledCircle;
}
