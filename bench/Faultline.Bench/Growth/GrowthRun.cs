namespace Faultline.Bench.Growth;

/// <summary>How cost grows: a table of states and seconds against threads, operations and pages, and the same as a picture.</summary>
internal static class GrowthRun
{
    /// <summary>Measures every curve with every strategy.</summary>
    /// <param name="file">Where the picture goes (SVG).</param>
    public static int Print(string file)
    {
        Console.WriteLine($".NET {Environment.Version}, kernel {GeneratedTest.Kernel}, ext4; a curve ends before the size that has 4,000,000 states or takes a minute");
        var panels = new List<Panel>();
        foreach (Sweep sweep in Sweep.All)
        {
            var lines = new List<Line>();
            Console.WriteLine();
            Console.WriteLine($"{sweep.Number,-38}{"strategy",-22}{"states of 1, 2, 3 ...",-46}seconds");
            for (int c = 0; c < sweep.Curves.Length; c++)
            {
                Curve curve = sweep.Curves[c];
                foreach (Strategy strategy in Strategies.All.Where(s => s.Cores == 1))
                {
                    List<Point> points = curve.Measure(strategy);
                    string states = string.Join(' ', points.Select(p => $"{p.States:N0}"));
                    Console.WriteLine(
                        $"{curve.Problem,-38}{strategy.Name,-22}{states,-46}{string.Join(' ', points.Select(p => $"{p.Seconds:0.0000}"))}");
                    lines.Add(new Line(c, strategy.Reduced, $"{curve.Problem.Split(',')[0]}{strategy.Name["faultline".Length..]}", points));
                }
            }

            panels.Add(new Panel(sweep.Number, lines));
        }

        GrowthPlot.Save(panels, file);
        Console.WriteLine();
        Console.WriteLine($"drawn: {file}");
        return 0;
    }
}

/// <summary>What is drawn over one number that grows.</summary>
internal sealed record Panel(string Number, List<Line> Lines);

/// <summary>One curve of a panel.</summary>
/// <param name="Colour">Which colour: that of the problem.</param>
/// <param name="Reduced">By a strategy that need not visit every state.</param>
/// <param name="Name">What the legend says.</param>
/// <param name="Points">What was measured.</param>
internal sealed record Line(int Colour, bool Reduced, string Name, List<Point> Points);
